/// The two legs of retrieval and the passages behind their candidates. Every call ends within a time limit of the store's.
package protocol SearchStore: Sendable {
    /// The lexical leg.
    ///
    /// - Parameters:
    ///   - terms: the query's terms, each at most once.
    ///   - limit: chunks at most.
    ///   - access: what else is left out, here and in what follows from the matches.
    func matches(_ terms: [Int32], scope: SearchScope, limit: Int, access: LibraryAccess) async throws -> LexicalMatches

    /// Both legs: beside the best of `matches` the chunks with the nearest vectors, each with what the other leg makes of it.
    ///
    /// - Parameters:
    ///   - vector: the query's vector under `profile`; nil leaves the vector leg out.
    ///   - limit: nearest chunks at most.
    func candidates(
        beside matches: LexicalMatches, vector: [Float]?, profile: EmbeddingProfile?, limit: Int
    ) async throws -> SearchCandidates

    /// Where the lexical leg goes on: the best matching chunk of each section that is not among `sections`, best first.
    ///
    /// - Parameters:
    ///   - sections: identifiers of sections that are left out.
    ///   - offset: chunks to leave out at the start.
    ///   - limit: chunks at most.
    func furtherMatches(
        _ matches: LexicalMatches, without sections: [Int64], offset: Int, limit: Int
    ) async throws -> [SearchCandidates.Candidate]

    /// Passages for `chunks`, in the order of `chunks`; those that vanished meanwhile are left out, and those that
    /// `access` leaves out.
    func passages(_ chunks: [Int64], access: LibraryAccess) async throws -> [SearchPassage]

    /// Whether `scope` names a library and a version that exist for the caller; those there are when it does not.
    func resolve(_ scope: SearchScope, access: LibraryAccess) async throws -> ScopeResolution

    /// The key that signs cursors, shared by all replicas.
    func cursorKey() async throws -> [UInt8]
}

/// Whether a scope names something that exists.
package enum ScopeResolution: Sendable, Hashable {
    case found
    case unknownDocumentation
    /// The libraries that exist, by name.
    case unknownLibrary([String])
    /// The versions that exist, of the library or without one of all: the oldest first.
    case unknownVersion([String])
}
