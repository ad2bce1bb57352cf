import Domain
import FoundationEssentials

/// Finds where the files, the rows and the mirrors of the catalog differ, and repairs it.
///
/// It may run while jobs run: what a job works on at the moment is not judged, and repairs take the slot first.
package struct CatalogDoctor: Sendable {
    let boundaries: CatalogBoundaries
    private var catalog: any CatalogStore { boundaries.catalog }
    private var objects: any ObjectStore { boundaries.objects }

    /// Issues that get an event of their own; all are counted.
    private static let reported = 100

    package init(_ boundaries: CatalogBoundaries) { self.boundaries = boundaries }

    /// Looks at everything.
    ///
    /// - Parameters:
    ///   - fix: whether what is found is repaired. Rows without their file are corrected and their source is asked for again; files without
    ///     rows are removed; a latest version without bytes gives way to the newest one that has them; mirrors are written anew.
    ///   - allLost: whether it repairs although the storage is empty: all files are gone for good.
    ///   - by: who repairs, for the pointers.
    /// - Throws: ``Domain/Fault``, `CancellationError`; what was repaired until then stays so. `E_STORAGE_EMPTY` when it is to repair and there
    ///   are rows but no files at all: that is a folder that is not mounted rather than thousands of files that were lost one by one.
    package func examine(fix: Bool, allLost: Bool = false, by: String = "doctor") async throws -> DoctorReport {
        try await catalog.note("catalog.doctor.begin", .info, ["fix": "\(fix)"])
        let started = Date()
        var listed = try await objects.list(prefix: CatalogSlot.artifactsRoot)
        listed += try await objects.list(prefix: CatalogSlot.extractedRoot)
        if fix, !allLost, listed.isEmpty {
            let rows = try await catalog.namedObjects()
            guard rows == 0 else { throw Self.emptyStorage(objects.baseURL, rows: rows) }
        }
        let mirrors = listed.filter { Self.isMirror($0.key) }
        let look = try await catalog.look(at: listed.filter { !Self.isMirror($0.key) }, started: started)
        var issues = try await missing(look.missing, fix: fix)
        issues += try await orphans(look.orphans, fix: fix)
        issues += try await pointers(mirrors.map(\.key), fix: fix, by: by)
        let report = DoctorReport(issues: issues, objects: listed.count - mirrors.count, rows: try await catalog.namedObjects())
        for issue in issues.prefix(Self.reported) {
            let type = issue.isFixed ? "catalog.doctor.fixed" : "catalog.doctor.issue_found"
            try await catalog.note(
                type, issue.kind.isError ? .error : .warning,
                ["kind": issue.kind.rawValue, "slot": issue.slot, "key": issue.key, "detail": issue.detail])
        }
        for issue in issues.filter({ $0.kind == .latestMismatch }).prefix(Self.reported) {
            try await catalog.note(
                "db.latest.mismatch", .warning, ["slot": issue.slot, "detail": issue.detail, "fixed": "\(issue.isFixed)"])
        }
        try await catalog.note(
            "catalog.doctor.complete", .info, ["issues": "\(issues.count)", "fixed": "\(issues.count(where: \.isFixed))"])
        return report
    }

    private static func emptyStorage(_ url: String, rows: Int) -> Fault {
        Fault(
            .configuration, code: emptyStorageCode, "The storage at \(url) is empty, and rows name \(rows) files: nothing was repaired.",
            field: "PORTOLAN_STORAGE_URL",
            hint: "Mount the folder that the worker writes to, or use a bucket. When all files are lost, repair with --all-lost.")
    }

    /// The code of an empty storage.
    static let emptyStorageCode = "E_STORAGE_EMPTY"

    private static func isMirror(_ key: String) -> Bool {
        key.hasPrefix(CatalogSlot.artifactsRoot) && key.hasSuffix("/LATEST.json") && key.utf8.count { $0 == UInt8(ascii: "/") } == 2
    }

    // MARK: Rows without files

    private func missing(_ candidates: [MissingObject], fix: Bool) async throws -> [DoctorReport.Issue] {
        var issues: [DoctorReport.Issue] = []
        for (slot, candidates) in Dictionary(grouping: candidates, by: \.slot).sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            let found: [MissingObject]
            if fix {
                found = try await boundaries.withSlot(slot) {
                    let missing = try await stillMissing(candidates)
                    try await catalog.dropMissing(missing)
                    // What is left of a torn file is of no use to anyone.
                    let torn = missing.filter { $0.foundBytes != nil }.map(\.key)
                    let named = try await catalog.named(torn)
                    try await objects.delete(torn.filter { !named.contains($0) })
                    return missing
                }
            } else {
                found = try await stillMissing(candidates)
            }
            issues += found.map { object in
                DoctorReport.Issue(
                    kind: object.isArtifact ? .missingArtifact : .missingFile, slot: slot.rawValue, version: object.version,
                    key: object.key,
                    detail: object.foundBytes.map { "The file has \($0) bytes, its row says \(object.bytes)." } ?? "The file is missing.",
                    isFixed: fix)
            }
        }
        return issues
    }

    /// Those of `candidates` whose rows are still there and whose files are not: a job may have repaired them meanwhile.
    private func stillMissing(_ candidates: [MissingObject]) async throws -> [MissingObject] {
        let named = try await catalog.named(candidates.map(\.key))
        var missing: [MissingObject] = []
        for candidate in candidates where named.contains(candidate.key) {
            if try await objects.stat(candidate.key)?.bytes != candidate.bytes { missing.append(candidate) }
        }
        return missing
    }

    // MARK: Files without rows

    private func orphans(_ candidates: [OrphanObject], fix: Bool) async throws -> [DoctorReport.Issue] {
        var issues: [DoctorReport.Issue] = []
        for (slot, candidates) in Dictionary(grouping: candidates, by: \.slot).sorted(by: { $0.key < $1.key }) {
            let found = fix ? try await removeOrphans(candidates, slot) : try await stillOrphans(candidates)
            issues += found.map { object in
                DoctorReport.Issue(
                    kind: object.isArtifact ? .orphanArtifact : .orphanFile, slot: slot, key: object.key,
                    detail: "No row names the file of \(object.bytes) bytes.", isFixed: fix)
            }
        }
        return issues
    }

    /// Removes those of `candidates`, all of one slot, that no row names. Returns them.
    func removeOrphans(_ candidates: [OrphanObject], _ slot: String) async throws -> [OrphanObject] {
        // Where no slot can be, nobody can be at work.
        guard let slot = CatalogSlot(rawValue: slot) else {
            try await objects.delete(candidates.map(\.key))
            return candidates
        }
        return try await boundaries.withSlot(slot) {
            let orphans = try await stillOrphans(candidates)
            try await objects.delete(orphans.map(\.key))
            return orphans
        }
    }

    private func stillOrphans(_ candidates: [OrphanObject]) async throws -> [OrphanObject] {
        let named = try await catalog.named(candidates.map(\.key))
        var orphans: [OrphanObject] = []
        for candidate in candidates where !named.contains(candidate.key) {
            if try await objects.exists(candidate.key) { orphans.append(candidate) }
        }
        return orphans
    }

    // MARK: Pointers

    private func pointers(_ mirrors: [String], fix: Bool, by: String) async throws -> [DoctorReport.Issue] {
        var issues: [DoctorReport.Issue] = []
        func report(_ kind: DoctorReport.Issue.Kind, _ slot: CatalogSlot, _ version: String?, _ detail: String) {
            issues.append(
                DoctorReport.Issue(
                    kind: kind, slot: slot.rawValue, version: version, key: slot.artifacts + "/LATEST.json", detail: detail, isFixed: fix))
        }
        for slot in try await catalog.slotsWithoutBytes() {
            let version = try await catalog.latest(of: slot)?.version
            report(.latestInvalid, slot, version, "The latest version has no artifact any more.")
            if fix { _ = try await catalog.repoint(slot, by: by) }
        }
        let pointers = try await catalog.latestPointers()
        for pointer in pointers {
            let (slot, mirror) = (pointer.slot, try await objects.latestVersion(of: pointer.slot.artifacts))
            guard mirror != pointer.version else { continue }
            if let mirror {
                let isKnown = try await catalog.version(mirror) != nil
                report(
                    isKnown ? .latestMismatch : .latestInvalid, slot, pointer.version,
                    isKnown ? "LATEST.json says \(mirror)." : "LATEST.json names a version that is not there.")
            } else if mirrors.contains(slot.artifacts + "/LATEST.json") {
                report(.latestInvalid, slot, pointer.version, "LATEST.json cannot be read.")
            } else {
                report(.latestMismatch, slot, pointer.version, "LATEST.json is missing.")
            }
            if fix { try await boundaries.mirror(slot) }
        }
        let known = Set(pointers.map { $0.slot.artifacts + "/LATEST.json" })
        for mirror in mirrors where !known.contains(mirror) {
            let name = mirror.split(separator: "/").dropFirst().first.map(String.init) ?? ""
            guard let slot = CatalogSlot(rawValue: name), try await catalog.latest(of: slot) == nil, try await objects.exists(mirror) else {
                continue
            }
            report(.latestInvalid, slot, nil, "LATEST.json stands where the database has no latest version.")
            if fix { try await boundaries.mirror(slot) }
        }
        return issues
    }
}
