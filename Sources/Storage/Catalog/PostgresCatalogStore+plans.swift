package import Domain
import FoundationEssentials
import Postgres

extension PostgresCatalogStore {
    package func keep(_ plan: CatalogPlan) async throws {
        try await withFaults {
            _ = try await client.query(
                """
                insert into portolan.plan (id, sources_hash, lockfile, created_at)
                values (\(plan.id), \(plan.sourcesHash), \(plan.lockfile)::jsonb, \(plan.createdAt)) on conflict (id) do nothing
                """)
        }
    }

    package func plan(_ id: String) async throws -> CatalogPlan? {
        try await plan(where: "id = \(id)")
    }

    package func plan(forSources hash: String) async throws -> CatalogPlan? {
        try await plan(where: "sources_hash = \(hash)")
    }

    private func plan(where condition: SQL) async throws -> CatalogPlan? {
        try await withFaults {
            let rows = try await client.query(
                """
                select id, sources_hash, lockfile::text as lockfile, created_at from portolan.plan where \(condition)
                order by created_at desc, id limit 1
                """)
            return try rows.first.map { row in
                CatalogPlan(
                    id: try row.decode("id", as: String.self), sourcesHash: try row.decode("sources_hash", as: String.self),
                    lockfile: try row.decode("lockfile", as: String.self), createdAt: try row.decode("created_at", as: Date.self))
            }
        }
    }

    package func keepDiff(from older: String, to newer: String, diff: String) async throws {
        try await withFaults {
            _ = try await client.query(
                """
                insert into portolan.plan_diff (older_plan_id, newer_plan_id, diff) values (\(older), \(newer), \(diff)::jsonb)
                on conflict (older_plan_id, newer_plan_id) do update set diff = excluded.diff, created_at = now()
                """)
        }
    }
}
