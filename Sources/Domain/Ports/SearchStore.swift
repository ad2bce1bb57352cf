/// The two legs of retrieval and the passages behind their candidates.
package protocol SearchStore: Sendable {
    /// Candidates of both legs in one statement.
    ///
    /// - Parameters:
    ///   - terms: the query's terms, each at most once.
    ///   - vector: the query's vector under `profile`; nil leaves the vector leg out.
    ///   - limit: candidates of each leg at most.
    func candidates(
        terms: [Int32], vector: [Float]?, profile: EmbeddingProfile?, scope: SearchScope, limit: Int
    ) async throws -> SearchCandidates

    /// Passages for `chunks`, in the order of `chunks`; those that vanished meanwhile are left out.
    func passages(_ chunks: [Int64]) async throws -> [SearchPassage]

    /// Whether `scope` names a library version that exists; the versions there are when it does not.
    func resolve(_ scope: SearchScope) async throws -> ScopeResolution

    /// The key that signs cursors, shared by all replicas.
    func cursorKey() async throws -> [UInt8]
}

/// Whether a scope names something that exists.
package enum ScopeResolution: Sendable, Hashable {
    case found
    case unknownDocumentation
    case unknownLibrary
    /// The versions of the library that exist.
    case unknownVersion([String])
}
