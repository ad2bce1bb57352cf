import CArchive
import Digests
package import Domain
import FoundationEssentials
import Glibc
package import Policy
import Primitives

/// Extracts zip and tar archives from strangers.
///
/// The first walk reads the whole archive and writes nothing; the second writes, and holds every entry to the same rules again. All of it
/// goes into one folder named after the archive's SHA-256, which appears when it is complete and on the disk; on failure nothing is left.
/// Names that begin with a dot are left out. Each entry passes `filesystem_gate` and `extraction_gate`.
package struct ArchiveExtractor: Sendable {
    private let gates: GateRegistry
    private let policy: ArchivePolicy
    private let now: @Sendable () -> ContinuousClock.Instant
    private let freeBytes: (@Sendable () -> Int64)?
    private let events: (any EventSink)?

    /// - Parameters:
    ///   - gates: decides and counts.
    ///   - now: the clock of the wall time.
    ///   - freeBytes: space on the disk in place of what the system says.
    ///   - events: is told of each extraction and each refusal.
    package init(
        gates: GateRegistry, policy: ArchivePolicy = ArchivePolicy(),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }, freeBytes: (@Sendable () -> Int64)? = nil,
        events: (any EventSink)? = nil
    ) {
        self.gates = gates
        self.policy = policy
        self.now = now
        self.freeBytes = freeBytes
        self.events = events
    }

    /// Extracts `archive` into a new folder below `parent`.
    ///
    /// - Parameters:
    ///   - archive: path of a file that nobody changes meanwhile: a private copy.
    ///   - parent: path of a folder that belongs to the caller.
    /// - Throws: ``Domain/Fault`` with the code of the rule that the archive breaks, field `archive`; `CancellationError`, which is noticed
    ///   between two blocks of up to 1 MiB.
    package func extract(_ archive: String, into parent: String) async throws -> Extraction {
        let start = now()
        do {
            let extraction = try await extractInThread(archive, into: parent)
            let bytes = extraction.files.reduce(0) { $0 + $1.bytes }
            let payload = ["archive": extraction.digest, "files": "\(extraction.files.count)", "bytes": "\(bytes)"]
            note(.extractDone, .info, payload, since: start)
            return extraction
        } catch {
            if let fault = error as? Fault { note(.extractError, .error, ["code": fault.code], since: start) }
            throw error
        }
    }

    private func note(_ type: EventType, _ level: EventLevel, _ payload: [String: String], since start: ContinuousClock.Instant) {
        var payload = payload
        payload["seconds"] = "\(start.duration(to: now()).seconds)"
        events?.record(NewEvent(type, level, payload))
    }

    private func extractInThread(_ archive: String, into parent: String) async throws -> Extraction {
        try await BlockingWork.run { isCancelled in
            var made: locale_t?
            let before = unsafe portolan_archive_enter_locale(&made)
            defer { unsafe portolan_archive_leave_locale(before, made) }
            return try walkTwice(archive, into: parent, isCancelled)
        }
    }

    private func walkTwice(_ archive: String, into parent: String, _ isCancelled: () -> Bool) throws -> Extraction {
        let start = now()
        let elapsed = { start.duration(to: now()) }
        let file = try MappedFile(archive)
        let zipSizes = try ZipDirectory(file, maximumEntries: policy.extraction.maximumEntries).compressedSizes()
        let bytes = try scan(file, zipSizes, elapsed, isCancelled)
        let digest = file.digest().hexadecimal
        let folder = try ExtractionFolder(in: parent, name: digest)
        let needed = Double(bytes) * (1 + policy.headroom)
        guard Double(freeBytes?() ?? folder.freeBytes) >= needed else {
            throw Fault(
                .resourceExhausted, code: "E_DISK_SPACE", "The disk has no room for what the archive holds.", field: "archive",
                limit: "\(Int64(needed)) bytes", hint: "Make room on the worker's disk.", isTransient: true)
        }
        var check = EntryCheck(gates: gates, policy: policy, archiveBytes: Int64(file.count), elapsed: elapsed)
        var files: [Extraction.File] = []
        var hidden: [String] = []
        let reader = try ArchiveReader(file, zipSizes: zipSizes, maximumFilters: policy.maximumFilters)
        while let header = try reader.next() {
            if isCancelled() { throw CancellationError() }
            let entry = try check.admit(header)
            if EntryCheck.isHidden(header.path) {
                hidden.append(String(decoding: header.path, as: UTF8.self))
                try pass(entry, of: reader, isCancelled)
            } else if entry.kind == .folder {
                try folder.makeFolder(entry.path.segments)
            } else {
                files.append(try write(entry, from: reader, to: folder, &check, isCancelled))
            }
        }
        try writeAudit(files, hidden, digest, Int64(file.count), reader.format, check.budget, to: folder)
        if isCancelled() { throw CancellationError() }
        try folder.commit()
        return Extraction(folder: parent + "/" + digest, digest: digest, files: files, hidden: hidden)
    }

    /// Walks the archive without writing. Returns the declared size of all files in bytes.
    private func scan(
        _ file: MappedFile, _ zipSizes: [Int64], _ elapsed: @escaping () -> Duration, _ isCancelled: () -> Bool
    ) throws -> Int64 {
        var check = EntryCheck(gates: gates, policy: policy, archiveBytes: Int64(file.count), elapsed: elapsed)
        let reader = try ArchiveReader(file, zipSizes: zipSizes, maximumFilters: policy.maximumFilters)
        while let header = try reader.next() {
            if isCancelled() { throw CancellationError() }
            let entry = try check.admit(header)
            try pass(entry, of: reader, isCancelled) { count, written throws(Fault) in
                try check.admit(count, of: entry.taking(reader.share), written: written)
            }
            if entry.kind == .file, reader.isSkippable {
                try check.admit(Int(entry.declaredBytes ?? 0), of: entry.taking(reader.share), written: 0)
            }
        }
        return check.budget.bytes
    }

    /// Passes over the content of an entry. What has to be decompressed for that is, block by block: an entry of gigabytes would keep the
    /// thread from noticing that nobody waits for it, or that the time is over.
    private func pass(
        _ entry: ExtractionEntry, of reader: ArchiveReader, _ isCancelled: () -> Bool,
        _ admit: (_ count: Int, _ written: Int64) throws(Fault) -> Void = { _, _ in }
    ) throws {
        guard entry.kind == .file, !reader.isSkippable else { return try reader.skip() }
        var written: Int64 = 0
        var wasCancelled = false
        try reader.read { block throws(Fault) in
            wasCancelled = wasCancelled || isCancelled()
            guard !wasCancelled else { return }
            try admit(block.byteCount, written)
            written += Int64(block.byteCount)
        }
        if wasCancelled { throw CancellationError() }
    }

    private func write(
        _ entry: ExtractionEntry, from reader: ArchiveReader, to folder: ExtractionFolder, _ check: inout EntryCheck,
        _ isCancelled: () -> Bool
    ) throws -> Extraction.File {
        let file = try folder.makeFile(entry.path.segments)
        defer { close(file) }
        var written: Int64 = 0
        var digest = SHA256()
        var wasCancelled = false
        try reader.read { block throws(Fault) in
            wasCancelled = wasCancelled || isCancelled()
            guard !wasCancelled else { return }
            try check.admit(block.byteCount, of: entry.taking(reader.share), written: written)
            digest.update(block)
            try ExtractionFolder.write(block, to: file)
            written += Int64(block.byteCount)
        }
        if wasCancelled { throw CancellationError() }
        guard written == entry.declaredBytes ?? written else {
            throw Fault.archive(.corrupt, "An entry of the archive is shorter than it declares.")
        }
        return Extraction.File(path: entry.path, bytes: written, digest: digest.finalize())
    }

    private func writeAudit(
        _ files: [Extraction.File], _ hidden: [String], _ digest: String, _ archiveBytes: Int64, _ format: String,
        _ budget: ExtractionBudget, to folder: ExtractionFolder
    ) throws {
        let limits = policy.extraction
        let audit = ExtractionAudit(
            archiveSHA256: digest, archiveBytes: archiveBytes, format: format, entries: budget.entries, extractedBytes: budget.bytes,
            limits: .init(
                entries: limits.maximumEntries, fileBytes: limits.maximumFileBytes, entryRatio: limits.maximumEntryRatio,
                totalRatio: limits.maximumTotalRatio, seconds: limits.maximumTime.seconds),
            files: files.map { .init(path: $0.path.description, bytes: $0.bytes, sha256: $0.digest.hexadecimal) }, hidden: hidden)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let descriptor = try folder.makeFile([ExtractionAudit.name])
        defer { close(descriptor) }
        let record = Array(try encoder.encode(audit))
        unsafe try ExtractionFolder.write(record.span.bytes, to: descriptor)
    }
}

extension ExtractionEntry {
    /// The entry when `share` bytes of the archive were read for it.
    fileprivate func taking(_ share: Int64?) -> ExtractionEntry {
        var entry = self
        entry.compressedBytes = share
        return entry
    }
}
