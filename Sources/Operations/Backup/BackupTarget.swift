import Digests
package import Domain
package import FoundationEssentials
import Primitives

/// Where backups lie, and how: sealed files below `CLUSTER/bases/ID`, `CLUSTER/log` and `CLUSTER/artifacts`.
///
/// Clusters are kept apart, because two of them name their log files alike.
package struct BackupTarget: Sendable {
    package let store: any ReadableObjectStore
    package let key: BackupKey?
    /// Absolute path of a folder for files on their way; made when it is missing.
    package let work: String

    package init(store: any ReadableObjectStore, key: BackupKey?, work: String) { (self.store, self.key, self.work) = (store, key, work) }

    /// Stores the file at `path` sealed under `name`.
    ///
    /// - Parameter trims: whether zeros at its end are left out.
    package func put(_ path: String, at name: String, trims: Bool = false) async throws -> BaseBackup.File {
        try await passing { temporary in
            let key = key
            let measure = try await onDisk { isCancelled in
                try SealedFile.seal(path, to: temporary, name: name, key: key, trims: trims, isCancelled: isCancelled)
            }
            let stored = try await store.putFile(temporary, at: name)
            return BaseBackup.File(name: name, bytes: measure.bytes, sha256: measure.sha256, storedBytes: stored.bytes)
        }
    }

    /// Stores `bytes` sealed under `name`.
    package func put(_ bytes: [UInt8], at name: String) async throws -> BaseBackup.File {
        try await passing { plain in
            try await onDisk { _ in
                let writer = try FileWriter(plain)
                try writer.append(bytes)
                try writer.finish()
            }
            return try await put(plain, at: name)
        }
    }

    /// Takes out what is stored under `name` and proves it.
    ///
    /// - Parameters:
    ///   - path: a new file for the plain content; nil only proves.
    ///   - file: what the manifest says about it; nil when there is no manifest.
    /// - Throws: `E_BACKUP_DAMAGED` that names it, also when it is missing.
    @discardableResult
    package func get(_ name: String, to path: String?, expecting file: BaseBackup.File? = nil) async throws -> SealedFile.Measure {
        try await passing { temporary in
            do {
                try await store.fetch(name, to: temporary)
            } catch let fault as Fault where fault.category == .notFound {
                throw BackupFault.damaged("is missing", file: name)
            }
            let key = key
            let measure = try await onDisk { isCancelled in
                try SealedFile.open(temporary, to: path, name: name, key: key, isCancelled: isCancelled)
            }
            if let file, (file.bytes, file.sha256) != (measure.bytes, measure.sha256) {
                throw BackupFault.damaged("is not the one of the manifest", file: name)
            }
            return measure
        }
    }

    /// A small file as bytes.
    func bytes(_ name: String) async throws -> [UInt8] {
        try await passing { plain in
            try await get(name, to: plain)
            guard let data = FileManager.default.contents(atPath: plain) else { throw BackupFault.damaged("is missing", file: name) }
            return Array(data)
        }
    }

    /// Runs `body` with the path of a file that does not exist and is removed afterwards.
    private func passing<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        try FileManager.default.createDirectory(atPath: work, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        let path = "\(work)/\(UUID().uuidString.lowercased()).part"
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try await body(path)
    }

    private func onDisk<Result: Sendable>(_ body: @escaping @Sendable (@escaping @Sendable () -> Bool) throws -> Result) async throws
        -> Result
    {
        do {
            return try await BlockingWork.run(body)
        } catch let failure as RootedFolder.Failure {
            throw Fault(
                .resourceExhausted, code: "E_BACKUP_DISK", "A file of the backup cannot be read or written: \(failure).",
                field: "backup_url", hint: "Check space and rights of \(work).", isTransient: true)
        }
    }
}

// MARK: What lies there

extension BackupTarget {
    /// The clusters that have something here.
    package func clusters() async throws -> [String] {
        Array(Set(try await store.list(prefix: "").compactMap { $0.key.split(separator: "/").first.map(String.init) })).sorted()
    }

    /// Stores the manifest, with which the backup counts as whole.
    func seal(_ base: BaseBackup) async throws {
        _ = try await put(Array(try JSONEncoder.ofBackups.encode(base)), at: "\(base.cluster)/bases/\(base.id)/manifest.json")
    }
}

// MARK: Retention

extension BackupTarget {
    /// Lets go of backups and log that are past their time.
    ///
    /// - Parameter isDryRun: tells what would go and changes nothing.
    package func prune(cluster: String, isDryRun: Bool, terms: RetentionPlan.Terms = .init(), now: Date = Date()) async throws
        -> PruneReport
    {
        let archive = LogArchive(self, cluster: cluster)
        let content = try await archive.content()
        let inventory = try await inventory(of: cluster)
        let plan = RetentionPlan(inventory.bases, history: try await archive.history(content), now: now, terms: terms)
        let abandoned = try await abandoned(cluster, now: now)
        if !isDryRun {
            for id in abandoned { try await store.deleteFolder("\(cluster)/bases/\(id)") }
            for base in plan.dropped {
                let folder = "\(cluster)/bases/\(base.id)"
                // The manifest first: a backup that is half gone must not look whole.
                try await store.delete(["\(folder)/manifest.json"])
                try await store.deleteFolder(folder)
            }
        }
        var segments: [String] = []
        if let start = plan.logStart { segments = try await archive.prune(before: start, content: content, isDryRun: isDryRun) }
        return PruneReport(
            kept: plan.kept.map(\.id), dropped: plan.dropped.map(\.id), abandoned: abandoned,
            unreadable: inventory.unreadable.map(\.backup), segments: segments.count, isDryRun: isDryRun)
    }

    /// Backups that were begun and never became whole, such as one whose machine or whose way to the target went in the middle: without a
    /// manifest, and with nothing in them that is younger than a day.
    private func abandoned(_ cluster: String, now: Date) async throws -> [String] {
        var newest: [String: Double] = [:]
        var whole: Set<String> = []
        for object in try await store.list(prefix: "\(cluster)/bases/") {
            let parts = object.key.split(separator: "/")
            guard parts.count >= 4 else { continue }
            let id = String(parts[2])
            newest[id] = max(newest[id] ?? 0, object.modified)
            if parts[3] == "manifest.json" { whole.insert(id) }
        }
        return newest.filter { !whole.contains($0.key) && now.timeIntervalSince1970 - $0.value > 86_400 }.map(\.key).sorted()
    }
}
