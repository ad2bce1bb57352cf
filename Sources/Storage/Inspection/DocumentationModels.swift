package import Domain
package import Postgres
package import Primitives

/// How many documentations have vectors of a model, of another one, or none.
package struct DocumentationModels: Sendable, Hashable {
    /// Vectors of the model that was asked for.
    package let own: Int
    /// Vectors of another model, revision or length: a search with the model finds them by words only.
    package let other: Int
    /// Without vectors.
    package let none: Int

    /// Counts them for `profile`, in one statement. Documentations without a section do not count: their first job is not through.
    package static func read(
        _ client: PostgresClient, profile: EmbeddingProfile, deadline: Deadline
    ) async throws -> DocumentationModels {
        let row = try await client.query(
            """
            select count(*) filter (where p.is_own) as own, count(*) filter (where not p.is_own) as other,
              count(*) filter (where p.is_own is null) as none
            from portolan.documentation d left join (
              select id, model = \(profile.model) and revision = \(profile.revision) and dimension = \(Int32(profile.dimension)) as is_own
              from portolan.embedding_profile) p on p.id = d.profile_id
            where d.section_count > 0
            """, deadline: deadline
        ).single()
        return DocumentationModels(
            own: try row.decode("own", as: Int.self), other: try row.decode("other", as: Int.self),
            none: try row.decode("none", as: Int.self))
    }
}
