package import Domain

extension CatalogBoundaries {
    /// Makes room in a slot after it got a new latest version: only its newest versions stay.
    ///
    /// - Returns: the versions that went.
    @discardableResult
    package func prune(_ slot: CatalogSlot, rules: PruneRules = PruneRules()) async throws -> [CatalogVersion] {
        let versions = try await catalog.prunable(rules, in: slot, limit: 1000)
        try await remove(versions, of: slot)
        return versions
    }

    /// Removes versions of a slot: the rows first, then the files that no row names any more.
    func remove(_ versions: [CatalogVersion], of slot: CatalogSlot) async throws {
        if versions.isEmpty { return }
        try await withSlot(slot) {
            let artifacts = try await catalog.forget(versions.map(\.id), of: slot)
            try await removeUnnamed(slot, artifacts: artifacts)
        }
    }
}
