import Domain
import FoundationEssentials

/// The log of one cluster in a target: whole segments, the beginning of the one that is being written, and the history of timelines.
package struct LogArchive: Sendable {
    let target: BackupTarget
    /// Postgres' system identifier.
    let cluster: String

    package init(_ target: BackupTarget, cluster: String) { (self.target, self.cluster) = (target, cluster) }

    /// What lies in an archive.
    package struct Content: Sendable, Equatable {
        /// Whole segments, in the order of the log.
        package var segments: [LogSegment] = []
        /// Segments of which only the beginning is there.
        package var partial: [LogSegment] = []
        /// Names of history files.
        package var histories: [String] = []
        /// Bytes of all of it.
        package var storedBytes: Int64 = 0
        /// When the newest of it was stored, in seconds since 1970.
        package var newest: Double?

        package init(segments: [LogSegment] = [], partial: [LogSegment] = []) { (self.segments, self.partial) = (segments, partial) }

        /// The segments that follow `start` without a gap on its timeline, whole or begun; `start` itself first. Empty when it is missing.
        package func run(from start: LogSegment) -> [LogSegment] {
            let (whole, begun) = (Set(segments), Set(partial))
            var found: [LogSegment] = []
            var next = start
            while whole.contains(next) {
                found.append(next)
                next = next.next
            }
            if begun.contains(next) { found.append(next) }
            return found
        }
    }

    func key(_ name: String) -> String { "\(cluster)/log/\(name)" }

    /// Stores a whole segment or a history file, and removes what was stored of its beginning.
    package func ship(_ path: String, name: String) async throws -> Int64 {
        let stored = try await target.put(path, at: key(name), trims: LogSegment(name) != nil)
        if LogSegment(name) != nil { try await target.store.delete([key(name + ".partial")]) }
        return stored.storedBytes
    }

    /// Stores the beginning of a segment that is still being written, in place of what was stored of it before.
    package func ship(begun path: String, of segment: LogSegment) async throws -> Int64 {
        try await target.put(path, at: key("\(segment).partial"), trims: true).storedBytes
    }

    package func content() async throws -> Content {
        var content = Content()
        for object in try await target.store.list(prefix: "\(cluster)/log/") {
            guard let name = object.key.split(separator: "/").last else { continue }
            content.storedBytes += object.bytes
            content.newest = max(content.newest ?? 0, object.modified)
            if let segment = LogSegment(name) {
                content.segments.append(segment)
            } else if name.hasSuffix(".partial"), let segment = LogSegment(name.dropLast(8)) {
                content.partial.append(segment)
            } else if name.hasSuffix(".history") {
                content.histories.append(String(name))
            }
        }
        content.segments.sort()
        content.partial.sort()
        // What was begun counts only until the whole segment is there.
        content.partial.removeAll(where: Set(content.segments).contains)
        return content
    }

    /// Writes what lies in the archive from `start` on into `folder` under the names that Postgres asks for, all timelines, with their history.
    ///
    /// - Returns: the names.
    /// - Throws: `E_BACKUP_DAMAGED` that names the first file that is not as it was written.
    package func fetch(from start: LogSegment, into folder: String, content: Content) async throws -> [String] {
        var names: [String] = []
        for (name, file) in content.segments.filter({ $0.number >= start.number }).map({ ("\($0)", "\($0)") })
            + content.partial.filter({ $0.number >= start.number }).map({ ("\($0).partial", "\($0)") })
        {
            try Task.checkCancellation()
            try await target.get(key(name), to: "\(folder)/\(file)")
            names.append(file)
        }
        let newest = content.histories.max()
        for name in content.histories {
            do {
                try await target.get(key(name), to: "\(folder)/\(name)")
                names.append(name)
            } catch let fault as Fault where fault.code == "E_BACKUP_KEY" && name != newest {
                // Of before the key was another one. The newest history has all that the older ones say.
            }
        }
        return names
    }

    /// Removes the segments before `start`. Returns their keys; changes nothing in a dry run.
    package func prune(before start: LogSegment, content: Content, isDryRun: Bool) async throws -> [String] {
        let old =
            content.segments.filter { $0.number < start.number }.map { key("\($0)") }
            + content.partial.filter { $0.number < start.number }.map { key("\($0).partial") }
        if !isDryRun, !old.isEmpty { try await target.store.delete(old) }
        return old
    }
}

extension LogArchive {
    /// Proves every file of the log that follows `start` on its timeline. Returns how many.
    ///
    /// - Throws: `E_BACKUP_DAMAGED` that names the first file that is not as it was written, or is missing between others.
    package func verify(from start: LogSegment) async throws -> Int {
        let content = try await content()
        let run = content.run(from: start)
        let whole = Set(content.segments)
        let next = run.last?.next ?? start
        if (content.segments + content.partial).contains(where: { $0.timeline == next.timeline && $0.number > next.number }) {
            throw BackupFault.damaged("is missing", file: key("\(next)"))
        }
        for segment in run {
            try Task.checkCancellation()
            try await target.get(key(whole.contains(segment) ? "\(segment)" : "\(segment).partial"), to: nil)
        }
        return run.count
    }
}
