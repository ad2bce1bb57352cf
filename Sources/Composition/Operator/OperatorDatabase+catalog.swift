package import Catalog
package import Domain
import Fetch
import FoundationEssentials
import ObjectStorage
import Policy
import Resilience
import Storage

/// What a command asked for, and what there was.
package struct LatestChange: Sendable, Hashable, Encodable {
    package let slot: String
    /// The version before; nil when there was none.
    package let before: String?
    package let after: String
    package let isDryRun: Bool
}

/// What operators do with the catalog: files and rows together, as the roles do it.
extension OperatorDatabase {
    /// Who set a pointer by a command.
    private static let name = "portolan db"

    /// The latest versions by slot.
    /// - Parameter slot: only this one.
    /// - Throws: `E_NOT_FOUND` for a slot without a latest version.
    package func latestPointers(of slot: String?) async throws -> [LatestPointer] {
        let pointers = try await PostgresCatalogStore(client, gates: gates).latestPointers()
        guard let slot else { return pointers }
        let found = pointers.filter { $0.slot.rawValue == slot }
        guard !found.isEmpty else { throw Fault.notFound("latest version of the slot", slot) }
        return found
    }

    /// Makes `version` the latest one of its slot, with its mirror in the object store.
    /// - Throws: `E_NOT_FOUND`, `E_LATEST_MISMATCH` for a version that cannot be the latest.
    package func setLatest(_ version: String, isDryRun: Bool) async throws -> LatestChange {
        let store = PostgresCatalogStore(client, gates: gates)
        guard let found = try await store.version(version) else { throw Fault.notFound("version", version) }
        let before = try await store.latest(of: found.slot)?.version
        if !isDryRun {
            try await withBoundaries(root: nil) { try await $0.setLatest(version, of: found.slot, by: Self.name) }
        } else if found.state == .rejected {
            throw Fault(.conflict, code: "E_LATEST_MISMATCH", "The version was rejected.", field: "version")
        }
        return LatestChange(slot: found.slot.rawValue, before: before, after: version, isDryRun: isDryRun)
    }

    /// Compares rows, files and mirrors, and repairs them with `fix`.
    /// - Parameters:
    ///   - root: folder of the object store; nil for that of the settings.
    ///   - allLost: whether it repairs although the storage is empty.
    package func examine(root: String?, fix: Bool, allLost: Bool = false) async throws -> DoctorReport {
        try await withBoundaries(root: root) { try await CatalogDoctor($0).examine(fix: fix, allLost: allLost, by: Self.name) }
    }

    /// Removes what is past its time, or tells what would go.
    /// - Parameters:
    ///   - root: folder of the object store; nil for that of the settings.
    ///   - limit: versions and files at most.
    package func prune(root: String?, apply: Bool, limit: Int) async throws -> CatalogPruner.Report {
        try await withBoundaries(root: root) { try await CatalogPruner($0).prune(apply: apply, limit: limit) }
    }

    private func withBoundaries<Result>(root: String?, _ body: (CatalogBoundaries) async throws -> Result) async throws -> Result {
        var choice = storage
        if let root {
            // A store of an empty folder would make every row look as if its file were gone.
            var isFolder = false
            guard FileManager.default.fileExists(atPath: root, isDirectory: &isFolder), isFolder else {
                throw OperatorFailure(.usage, "There is no folder \(root).")
            }
            choice = .folder(root)
        }
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let objects = choice.store(fetcher: fetcher, gates: gates, dependencies: Dependencies())
        return try await body(CatalogBoundaries(catalog: PostgresCatalogStore(client, gates: gates), objects: objects))
    }
}
