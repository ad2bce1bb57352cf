import Domain
import Storage

extension PostgresSearchStore {
    /// Both legs, one after the other.
    func candidates(
        terms: [Int32], vector: [Float]?, profile: EmbeddingProfile?, scope: SearchScope, limit: Int
    ) async throws -> SearchCandidates {
        let matches = try await matches(terms, scope: scope, limit: limit, access: .all)
        return try await candidates(beside: matches, vector: vector, profile: profile, limit: limit)
    }
}
