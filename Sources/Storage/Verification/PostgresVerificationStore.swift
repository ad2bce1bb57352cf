package import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// Verifications in Postgres. Reads what is published; writes reports, and who owes one.
package struct PostgresVerificationStore: VerificationStore {
    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func counts(_ documentation: DocumentationID) async throws -> VerificationCounts? {
        let id = documentation.uuid
        return try await withFaults {
            // One statement, so that all of it is seen at one moment.
            let rows = try await client.query(
                """
                select d.section_count as recorded_sections, d.chunk_count as recorded_chunks, p.model,
                  (select count(*) from portolan.page where documentation_id = d.id) as pages,
                  s.sections, s.without_page, s.without_chunks, c.chunks, c.terms, c.oversized,
                  case when d.profile_id is null then 0 else (
                    select count(*) from portolan.chunk x where x.documentation_id = d.id and not exists (
                      select from portolan.embedding e where e.profile_id = d.profile_id and e.checksum = x.checksum)) end
                    as without_vector,
                  (select coalesce(sum(t.chunks), 0) from portolan.term_statistic t where t.documentation_id = d.id) as recorded_terms
                from portolan.documentation d
                left join portolan.embedding_profile p on p.id = d.profile_id
                cross join lateral (
                  select count(*) as sections,
                    count(*) filter (where not exists (
                      select from portolan.page g where g.documentation_id = d.id and g.path = n.page_path)) as without_page,
                    count(*) filter (where not exists (select from portolan.chunk k where k.section_id = n.id)) as without_chunks
                  from portolan.section n where n.documentation_id = d.id) s
                cross join lateral (
                  select count(*) as chunks, coalesce(sum(cardinality(k.terms)), 0) as terms,
                    count(*) filter (where k.token_count > greatest(least(p.token_limit, 512), 16)) as oversized
                  from portolan.chunk k where k.documentation_id = d.id) c
                where d.id = \(id)
                """)
            guard let row = rows.first else { return nil }
            var counts = VerificationCounts()
            counts.pages = try row.decode("pages", as: Int.self)
            counts.sections = try row.decode("sections", as: Int.self)
            counts.recordedSections = Int(try row.decode("recorded_sections", as: Int32.self))
            counts.sectionsWithoutPage = try row.decode("without_page", as: Int.self)
            counts.sectionsWithoutChunks = try row.decode("without_chunks", as: Int.self)
            counts.chunks = try row.decode("chunks", as: Int.self)
            counts.recordedChunks = Int(try row.decode("recorded_chunks", as: Int32.self))
            counts.model = try row.decode("model", as: String?.self)
            counts.chunksWithoutVector = try row.decode("without_vector", as: Int.self)
            counts.oversizedChunks = try row.decode("oversized", as: Int.self)
            counts.terms = try row.decode("terms", as: Int.self)
            counts.recordedTerms = try row.decode("recorded_terms", as: Int.self)
            return counts
        }
    }

    package func samples(_ documentation: DocumentationID, seed: String, limit: Int) async throws -> [VerificationSample] {
        try await withFaults {
            let rows = try await client.query(
                """
                select s.path, s.page_path, s.url, s.heading_path, coalesce(left((
                  select c.text from portolan.chunk c where c.section_id = s.id order by c.ordinal limit 1), 1000), '') as text
                from (
                  select id, path, page_path, url, heading_path from portolan.section
                  where documentation_id = \(documentation.uuid)
                  order by token_count < 30, md5(path || \(seed)) limit \(limit)) s
                """)
            return try rows.map { row in
                VerificationSample(
                    path: try row.decode("path", as: String.self), pagePath: try row.decode("page_path", as: String.self),
                    url: try row.decode("url", as: String.self), headingPath: try row.decode("heading_path", as: [String].self),
                    text: try row.decode("text", as: String.self))
            }
        }
    }

    package func save(_ report: VerificationReport, job: JobID) async throws {
        try await withFaults {
            let rows = try await client.query(
                """
                with paid as (delete from portolan.verification_owed where job_id = \(job.uuid))
                insert into portolan.verification as v (job_id, documentation_id, is_ready, report, verified_at)
                select j.id, j.documentation_id, \(report.isReady), \(try JSONColumn.encode(report))::jsonb, \(report.verifiedAt)
                from portolan.job j where j.id = \(job.uuid)
                on conflict (job_id) do update set is_ready = excluded.is_ready, report = excluded.report,
                  verified_at = excluded.verified_at
                returning job_id
                """)
            if rows.isEmpty { throw Fault.notFound("job", job.description) }
        }
    }

    package func report(_ job: JobID, access: LibraryAccess) async throws -> VerificationReport? {
        try await withFaults {
            let rows = try await client.query(
                """
                select x.report::text as report from portolan.verification x
                where x.job_id = \(job.uuid) and \(AccessFilter.within("x.documentation_id", access))
                """)
            return try rows.first.map { try JSONColumn.decode($0.decode("report", as: String.self)) }
        }
    }

    package func takeOwed(limit: Int, term: Duration) async throws -> [JobID] {
        try await withFaults {
            let rows = try await client.query(
                """
                with due as (
                  select job_id from portolan.verification_owed where next_attempt_at <= now()
                  order by next_attempt_at limit \(limit) for update skip locked)
                update portolan.verification_owed o set attempts = o.attempts + 1,
                  next_attempt_at = now() + make_interval(secs => \(term.seconds) * least(o.attempts + 1, 10))
                from due where o.job_id = due.job_id returning o.job_id, o.owed_since
                """)
            return try rows.map { (JobID(try $0.decode("job_id", as: UUID.self)), try $0.decode("owed_since", as: Date.self)) }
                .sorted { $0.1 < $1.1 }.map(\.0)
        }
    }

    package func owed() async throws -> Int {
        try await withFaults {
            try await client.query("select count(*) as n from portolan.verification_owed").first?.decode("n", as: Int.self) ?? 0
        }
    }
}
