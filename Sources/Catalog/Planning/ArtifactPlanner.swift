package import Domain
package import FoundationEssentials

/// Finds out where the artifacts of a file of sources can be had at the moment.
package struct ArtifactPlanner: Sendable {
    private let supply: any ArtifactSupply
    private let catalog: any CatalogStore
    private let now: @Sendable () -> Date

    /// A plan, and how it came about.
    package struct Outcome: Sendable {
        package let lockfile: Lockfile
        /// Whether the catalog had it, so that nobody was asked.
        package let isCached: Bool
        /// Addresses that were tried in vain before another answered.
        package let passedOver: [PassedOver]
    }

    /// An address that did not answer.
    package struct PassedOver: Sendable, Hashable, Encodable {
        package let id: String
        package let url: String
        package let reason: String
    }

    /// - Parameters:
    ///   - supply: is asked about addresses.
    ///   - catalog: keeps plans.
    package init(supply: any ArtifactSupply, catalog: any CatalogStore, now: @escaping @Sendable () -> Date = { Date() }) {
        (self.supply, self.catalog, self.now) = (supply, catalog, now)
    }

    /// Plans.
    ///
    /// - Parameters:
    ///   - isFresh: whether servers are asked even when the catalog has a plan for these sources.
    ///   - isKept: whether the catalog is to keep the plan.
    ///   - concurrency: servers that are asked at a time, at least 1.
    /// - Throws: ``Domain/Fault`` `E_PLAN` when an artifact can be had nowhere: nothing is kept then.
    package func plan(_ sources: ArtifactSources, isFresh: Bool, isKept: Bool, concurrency: Int = 4) async throws -> Outcome {
        let hash = sources.hash
        if !isFresh, let kept = try await kept(hash) { return Outcome(lockfile: kept, isCached: true, passedOver: []) }
        var found: [Finding] = []
        try await withThrowingTaskGroup(of: Finding.self) { group in
            var rest = sources.sources[...]
            for source in rest.prefix(max(1, concurrency)) { group.addTask { try await find(source) } }
            rest = rest.dropFirst(max(1, concurrency))
            while let finding = try await group.next() {
                found.append(finding)
                if let source = rest.popFirst() { group.addTask { try await find(source) } }
            }
        }
        found.sort { $0.id < $1.id }
        let failures = found.compactMap(\.failure)
        guard failures.isEmpty else {
            throw Fault(
                .network, code: "E_PLAN",
                "\(failures.count) of \(found.count) artifacts can be had nowhere: \(failures.prefix(5).joined(separator: "; "))",
                field: "sources", hint: "Correct the addresses, or add others that are tried when they fail.")
        }
        let lockfile = Lockfile(sourcesHash: hash, artifacts: found.flatMap(\.artifacts))
        for (one, next) in zip(lockfile.artifacts, lockfile.artifacts.dropFirst()) where one.id == next.id {
            throw Fault.invalid(field: "sources.\(one.id)", "The name appears twice, once from a list.")
        }
        if isKept { try await keep(lockfile) }
        return Outcome(lockfile: lockfile, isCached: false, passedOver: found.flatMap(\.passedOver))
    }

    /// The newest plan that the catalog keeps for these sources; nil when there is none.
    package func kept(_ sourcesHash: String) async throws -> Lockfile? {
        guard let plan = try await catalog.plan(forSources: sourcesHash) else { return nil }
        return try Lockfile(text: plan.lockfile)
    }

    /// Keeps a plan in the catalog; the same one is kept once.
    package func keep(_ lockfile: Lockfile) async throws {
        try await catalog.keep(
            CatalogPlan(id: lockfile.hash, sourcesHash: lockfile.sourcesHash, lockfile: lockfile.text, createdAt: now()))
    }

    /// Keeps both plans and what has changed from one to the other.
    package func keep(_ diff: LockfileDiff, from older: Lockfile, to newer: Lockfile) async throws {
        try await keep(older)
        try await keep(newer)
        if !diff.isEmpty { try await catalog.keepDiff(from: diff.older, to: diff.newer, diff: diff.json) }
    }

    // MARK: One source

    private struct Finding: Sendable {
        let id: String
        var artifacts: [LockedArtifact] = []
        var passedOver: [PassedOver] = []
        var failure: String?
    }

    /// Tries the addresses in their order until one answers.
    private func find(_ source: ArtifactSource) async throws -> Finding {
        var finding = Finding(id: source.id)
        for url in source.urls {
            do {
                finding.artifacts = source.isList ? try await listed(source, url) : [try await locked(source, url, source.sha256)]
                return finding
            } catch {
                guard let fault = error as? Fault else { throw error }
                finding.passedOver.append(PassedOver(id: source.id, url: url, reason: "\(fault.code): \(fault.message)"))
            }
        }
        finding.failure = "\(source.id): " + finding.passedOver.map(\.reason).joined(separator: ", ")
        return finding
    }

    private func locked(_ source: ArtifactSource, _ url: String, _ sha256: String?) async throws -> LockedArtifact {
        let probed = try await supply.probe(url)
        return LockedArtifact(
            id: source.id, library: source.library, version: source.version, kind: source.kind.rawValue, url: url,
            bytes: probed.bytes, etag: probed.etag, sha256: sha256)
    }

    /// What the list at `url` names; the name of an entry is that of the list and its number.
    private func listed(_ source: ArtifactSource, _ url: String) async throws -> [LockedArtifact] {
        let entries = try await supply.list(url)
        guard (1...ArtifactSources.maximum).contains(entries.count) else {
            throw Fault.invalid(
                field: "sources.\(source.id).urls", "The list names \(entries.count) artifacts.", limit: "1 to \(ArtifactSources.maximum)")
        }
        var artifacts: [LockedArtifact] = []
        for (number, entry) in entries.enumerated() {
            // As strict as an entry of the file.
            let one = try ArtifactSource(
                id: "\(source.id).\(number + 1)", library: source.library, version: source.version, kind: source.kind.rawValue,
                urls: [entry.url], sha256: entry.sha256)
            artifacts.append(try await locked(one, entry.url, one.sha256))
        }
        return artifacts
    }
}
