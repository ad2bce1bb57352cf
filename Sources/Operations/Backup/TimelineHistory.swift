package import Domain

/// How the newest timeline of a cluster came about: a restore to a moment ends the line of the log there and begins another one, and what was
/// written on the old line behind that moment belongs to a past that did not happen.
///
/// Source: PostgreSQL 18, "Timelines"; `src/backend/access/transam/timeline.c` for the form of the file.
package struct TimelineHistory: Sendable, Equatable {
    /// The newest timeline.
    package let timeline: UInt32
    /// Where each of the timelines before it was left, by its number.
    package let ends: [UInt32: LogPosition]

    /// Of a cluster that never was restored, or of which nothing is known.
    package init(timeline: UInt32 = 1, ends: [UInt32: LogPosition] = [:]) { (self.timeline, self.ends) = (timeline, ends) }

    /// Reads a history file: a line for each earlier timeline, with its number, where it was left, and why.
    ///
    /// - Parameter name: `00000002.history`.
    /// - Throws: `E_BACKUP_DAMAGED` that names it.
    package init(name: String, text: String) throws(Fault) {
        guard let timeline = UInt32(name.prefix(8), radix: 16), timeline > 1 else { throw BackupFault.damaged("is no history", file: name) }
        var ends: [UInt32: LogPosition] = [:]
        for line in text.split(separator: "\n") where !line.allSatisfy(\.isWhitespace) && !line.hasPrefix("#") {
            let fields = line.split(whereSeparator: \.isWhitespace)
            guard fields.count >= 2, let earlier = UInt32(fields[0]), earlier < timeline, let end = LogPosition(fields[1]) else {
                throw BackupFault.damaged("is no history of timelines", file: name)
            }
            ends[earlier] = end
        }
        self.init(timeline: timeline, ends: ends)
    }

    /// Whether a backup lies on the line that leads to the newest timeline: one that ended behind the place where its own was left cannot be
    /// gone on from to there.
    package func leads(from base: BaseBackup) -> Bool {
        base.timeline == timeline || (ends[base.timeline].map { base.end <= $0 } ?? false)
    }

    /// The timeline that the segment `number` is on. The segment in which a timeline was left belongs to the next one, which begins with a copy.
    package func timeline(of number: UInt64) -> UInt32 {
        ends.filter { $0.value.value / LogSegment.size > number }.keys.min() ?? timeline
    }

    /// The segments from `start` on that lead to the end of the log in `content`.
    ///
    /// - Throws: `E_BACKUP_DAMAGED` that names the first one that is missing although later ones are there.
    package func line(from start: UInt64, in content: LogArchive.Content, key: (String) -> String) throws(Fault) -> [LogSegment] {
        let there = Set(content.segments).union(content.partial)
        let onLine = there.filter { $0.number >= start && $0.timeline == timeline(of: $0.number) }
        guard let last = onLine.map(\.number).max() else { return [] }
        var line: [LogSegment] = []
        for number in start...last {
            let segment = LogSegment(timeline: timeline(of: number), number: number)
            guard onLine.contains(segment) else {
                throw BackupFault.damaged("is missing, and later ones are there", file: key("\(segment)"))
            }
            line.append(segment)
        }
        return line
    }
}

extension LogArchive {
    /// The history of the newest timeline that the archive, or a backup of it, knows of.
    ///
    /// - Throws: `E_BACKUP_DAMAGED` that names a history file that is not as it was written.
    package func history(_ content: Content) async throws -> TimelineHistory {
        guard let name = content.histories.max() else {
            return TimelineHistory(timeline: (content.segments + content.partial).map(\.timeline).max() ?? 1)
        }
        return try TimelineHistory(name: name, text: String(decoding: try await target.bytes(key(name)), as: UTF8.self))
    }
}
