import Digests
package import Domain
import FoundationEssentials
import Postgres
import Primitives

extension PostgresIngestionStore {
    package func publish(_ lease: JobLease, _ publication: Publication, counts: JobCounts) async throws {
        try await guarded(lease, publishingFrom: .parsing) { connection, _ in
            try await Self.apply(publication, connection)
            _ = try await connection.query(
                """
                update portolan.job set sections_changed = \(Int32(counts.sectionsChanged)),
                  sections_unchanged = \(Int32(counts.sectionsUnchanged)), sections_deleted = \(Int32(counts.sectionsDeleted))
                where id = \(lease.job.uuid)
                """)
        }
    }

    package func complete(
        _ lease: JobLease, _ publication: Publication?, counts: JobCounts, stageSeconds: [String: Double]
    ) async throws {
        let end = try Self.progress(lease, percent: 100, counts: counts, stageSeconds: stageSeconds, status: .completed)
        try await guarded(lease, publishingFrom: .indexing) { connection, _ in
            if let publication {
                try await Self.apply(publication, connection)
                if let paths = publication.heldBackPages {
                    _ = try await connection.query(
                        "update portolan.documentation set held_back = \(paths) where id = \(publication.documentation.uuid)")
                }
            }
            if let version = publication?.catalogVersion { try await Self.setLatest(version, lease, connection) }
            _ = try await connection.query(end)
            // Paid by this worker when all goes well, else by any other.
            _ = try await connection.query(
                "insert into portolan.verification_owed (job_id) values (\(lease.job.uuid)) on conflict do nothing")
            // What was staged for a restart is of no use any more; the outcomes stay as the job's record.
            _ = try await connection.query(
                "update portolan.crawl_outcome set content = null, links = '{}' where job_id = \(lease.job.uuid) and content is not null")
        }
    }

    /// The latest boundary of a job: the pointer moves with the sections that readers see, or neither does.
    private static func setLatest(_ version: String, _ lease: JobLease, _ connection: PostgresConnection) async throws {
        let row = try await connection.query(
            """
            select v.slot, j.documentation_id, j.correlation_id from portolan.catalog_version v, portolan.job j
            where v.id = \(version) and j.id = \(lease.job.uuid)
            """
        ).single()
        let job = RunningJob(
            id: lease.job, documentation: DocumentationID(try row.decode("documentation_id", as: UUID.self)),
            correlationID: try row.decode("correlation_id", as: String.self))
        let crossing = BoundaryCrossing(.latest, slot: try CatalogRow.slot(row), holder: lease.holder, job: job, version: version)
        let writer = CatalogWriter(connection: connection, crossing: crossing)
        let began = ContinuousClock.now
        try await writer.note("boundary.latest.begin")
        let rows = try await writer.apply(.latest(by: "job \(lease.job)"))
        let figures = ["rows": "\(rows)", "seconds": "\(began.duration(to: .now).seconds)"]
        try await writer.note("boundary.latest.success", .info, figures)
        try await writer.note("db.tx.commit", .info, figures)
    }

    private static func apply(_ publication: Publication, _ connection: PostgresConnection) async throws {
        let documentation = publication.documentation.uuid
        // One publication at a time for a documentation, so that its statistics add up.
        // Not `for update`, which would make a new job for the documentation wait behind its foreign key.
        _ = try await connection.query("select from portolan.documentation where id = \(documentation) for no key update")
        var terms = try await removeChunks(publication, connection)
        if !publication.deletedSections.isEmpty {
            _ = try await connection.query(
                "delete from portolan.section where documentation_id = \(documentation) and path = any(\(publication.deletedSections))")
        }
        // A batch is written while the next one is encoded.
        let changed = publication.changed
        var batch = await encoded(changed.prefix(batchSize), publication)
        var start = 0
        while start < changed.count {
            start += batchSize
            async let following = encoded(changed.dropFirst(start).prefix(batchSize), publication)
            _ = try await connection.query(batch.sections)
            if let chunks = batch.chunks { _ = try await connection.query(chunks) }
            terms.merge(batch.terms, uniquingKeysWith: +)
            batch = await following
        }
        try await refresh(publication, connection)
        if !publication.changed.isEmpty { _ = try await connection.query("select portolan.merge_terms()") }
        try await updateTerms(terms, documentation, connection)
        try await updatePages(publication, connection)
        try await updateDocumentation(publication, connection)
        let paths = publication.changed.map(\.path) + publication.reread.map(\.path) + publication.deletedSections
        if !paths.isEmpty {
            let news = PublicationNews(
                documentation: publication.documentation, paths: paths,
                changesList: !publication.changed.isEmpty || !publication.deletedSections.isEmpty)
            try await PostgresPublicationFeed.notify(news, connection)
        }
    }

    /// Deletes the chunks of sections that change or go, and returns by how many chunks each of their terms falls.
    private static func removeChunks(_ publication: Publication, _ connection: PostgresConnection) async throws -> [Int32: Int] {
        let paths = publication.deletedSections + publication.changed.map(\.path)
        if paths.isEmpty { return [:] }
        let rows = try await connection.query(
            """
            with gone as (
              delete from portolan.chunk c using portolan.section s
              where s.id = c.section_id and s.documentation_id = \(publication.documentation.uuid) and s.path = any(\(paths))
              returning c.terms)
            select term, count(*) as n from gone, unnest(gone.terms) as term group by term
            """)
        var terms: [Int32: Int] = [:]
        for row in rows { terms[try row.decode("term", as: Int32.self)] = -(try row.decode("n", as: Int.self)) }
        return terms
    }

    /// Writes the content of sections whose text is as it was and whose links or marks are not; their chunks hold text alone.
    private static func refresh(_ publication: Publication, _ connection: PostgresConnection) async throws {
        for start in stride(from: 0, to: publication.reread.count, by: 200) {
            let batch = publication.reread[start..<min(start + 200, publication.reread.count)]
            _ = try await connection.query(
                """
                update portolan.section s set content = t.content, token_count = t.tokens, fetched_at = \(publication.fetchedAt)
                from unnest(\(batch.map(\.path))::text[], \(batch.map(\.content))::text[], \(batch.map { Int32($0.tokens) })::int[])
                  as t (path, content, tokens)
                where s.documentation_id = \(publication.documentation.uuid) and s.path = t.path and s.content <> t.content
                """)
        }
    }

    /// Sections that are written together.
    private static let batchSize = 40

    /// The statements that write `sections` and then their chunks, and how many chunks each term gains.
    @concurrent private static func encoded(
        _ sections: ArraySlice<Publication.ChangedSection>, _ publication: Publication
    ) async -> (sections: SQL, chunks: SQL?, terms: [Int32: Int]) {
        var terms: [Int32: Int] = [:]
        for section in sections { for chunk in section.chunks { for term in chunk.terms.keys { terms[term, default: 0] += 1 } } }
        return (upsert(sections, publication), insertion(ofChunksOf: sections, publication.documentation), terms)
    }

    private static func upsert(_ sections: ArraySlice<Publication.ChangedSection>, _ publication: Publication) -> SQL {
        """
        insert into portolan.section as s (documentation_id, page_path, anchor, path, parent_path, title, heading_path, level, ordinal,
          url, summary, content, token_count, checksum, chunking, fetched_at)
        select \(publication.documentation.uuid), page_path, anchor, path, parent_path, title,
          coalesce(string_to_array(nullif(heading_path, ''), E'\\x1f'), '{}'), level, ordinal, url, summary, content, token_count,
          decode(checksum, 'hex'), chunking, \(publication.fetchedAt)
        from unnest(\(sections.map(\.pagePath))::text[], \(sections.map(\.anchor))::text[], \(sections.map(\.path))::text[],
          \(sections.map(\.parentPath))::text[], \(sections.map(\.title))::text[],
          \(sections.map { $0.headingPath.joined(separator: "\u{1f}") })::text[], \(sections.map { Int32($0.level) })::int[],
          \(sections.map { Int32($0.ordinal) })::int[], \(sections.map(\.url))::text[], \(sections.map(\.summary))::text[],
          \(sections.map(\.content))::text[], \(sections.map { Int32($0.tokens) })::int[],
          \(sections.map(\.checksum.hexadecimal))::text[], \(sections.map(\.chunking))::text[])
          as t (page_path, anchor, path, parent_path, title, heading_path, level, ordinal, url, summary, content, token_count,
            checksum, chunking)
        on conflict (documentation_id, path) do update set page_path = excluded.page_path, anchor = excluded.anchor,
          parent_path = excluded.parent_path, title = excluded.title, heading_path = excluded.heading_path, level = excluded.level,
          ordinal = excluded.ordinal, url = excluded.url, summary = excluded.summary, content = excluded.content,
          token_count = excluded.token_count, checksum = excluded.checksum, chunking = excluded.chunking,
          fetched_at = excluded.fetched_at
        """
    }

    private static func insertion(
        ofChunksOf sections: ArraySlice<Publication.ChangedSection>, _ documentation: DocumentationID
    ) -> SQL? {
        let chunks = sections.enumerated().flatMap { number, section in section.chunks.map { (Int32(number + 1), $0) } }
        if chunks.isEmpty { return nil }
        let terms = chunks.map { $0.1.terms.map { (term: $0.key, weight: $0.value) }.sorted { $0.term < $1.term } }
        return """
            with written as materialized (
              select s.id, wanted.number from unnest(\(sections.map(\.path))::text[]) with ordinality as wanted (path, number)
              join portolan.section s on s.documentation_id = \(documentation.uuid) and s.path = wanted.path)
            insert into portolan.chunk (documentation_id, section_id, ordinal, anchor, heading_path, text, token_count, checksum, terms,
              weights)
            select \(documentation.uuid), written.id, ordinal, anchor,
              coalesce(string_to_array(nullif(heading_path, ''), E'\\x1f'), '{}'), body, token_count, decode(checksum, 'hex'),
              terms::int[], weights::sparsevec
            from unnest(\(chunks.map(\.0))::int[], \(chunks.map { Int32($0.1.ordinal) })::int[], \(chunks.map(\.1.anchor))::text[],
              \(chunks.map { $0.1.headingPath.joined(separator: "\u{1f}") })::text[], \(chunks.map(\.1.text))::text[],
              \(chunks.map { Int32($0.1.tokens) })::int[], \(chunks.map(\.1.checksum.hexadecimal))::text[],
              \(terms.map { VectorText.array($0.map(\.term)) })::text[], \(terms.map { VectorText.sparse($0) })::text[])
              as t (section, ordinal, anchor, heading_path, body, token_count, checksum, terms, weights)
            join written on written.number = t.section
            order by t.section, t.ordinal
            """
    }

    private static func updateTerms(_ terms: [Int32: Int], _ documentation: UUID, _ connection: PostgresConnection) async throws {
        let changes = terms.filter { $0.value != 0 }.sorted { $0.key < $1.key }
        if changes.isEmpty { return }
        _ = try await connection.query(
            """
            insert into portolan.term_statistic as s (term, documentation_id, chunks)
            select term, \(documentation), change from unnest(\(changes.map(\.key))::int[], \(changes.map { Int32($0.value) })::int[])
              as t (term, change)
            on conflict (term, documentation_id) do update set chunks = s.chunks + excluded.chunks
            """)
        _ = try await connection.query(
            "delete from portolan.term_statistic where documentation_id = \(documentation) and chunks <= 0")
    }

    private static func updatePages(_ publication: Publication, _ connection: PostgresConnection) async throws {
        let documentation = publication.documentation.uuid
        if !publication.deletedPages.isEmpty {
            _ = try await connection.query(
                "delete from portolan.page where documentation_id = \(documentation) and path = any(\(publication.deletedPages))")
            _ = try await connection.query(
                "delete from portolan.raw_page where documentation_id = \(documentation) and path = any(\(publication.deletedPages))")
        }
        let pages = publication.pages.sorted { $0.key < $1.key }
        for start in stride(from: 0, to: pages.count, by: 500) {
            let batch = pages[start..<min(start + 500, pages.count)]
            _ = try await connection.query(
                """
                insert into portolan.page (documentation_id, path, url, title, etag, last_modified, text_checksum, content_checksum, links,
                  listed_at, tags, fetched_at)
                select \(documentation), path, url, title, etag, last_modified, decode(text_checksum, 'hex'), decode(content_checksum, 'hex'),
                  coalesce(string_to_array(nullif(links, ''), E'\\x1f'), '{}'), listed_at,
                  coalesce(string_to_array(nullif(tags, ''), E'\\x1f'), '{}'), \(publication.askedAt)
                from unnest(\(batch.map(\.key))::text[], \(batch.map(\.value.url))::text[], \(batch.map(\.value.title))::text[],
                  \(batch.map(\.value.etag))::text[], \(batch.map(\.value.lastModified))::text[],
                  \(batch.map(\.value.textChecksum.hexadecimal))::text[], \(batch.map(\.value.contentChecksum.hexadecimal))::text[],
                  \(batch.map { $0.value.links.joined(separator: "\u{1f}") })::text[], \(batch.map(\.value.listedAt))::text[],
                  \(batch.map { $0.value.tags.joined(separator: "\u{1f}") })::text[])
                  as t (path, url, title, etag, last_modified, text_checksum, content_checksum, links, listed_at, tags)
                on conflict (documentation_id, path) do update set url = excluded.url, title = excluded.title, etag = excluded.etag,
                  last_modified = excluded.last_modified, text_checksum = excluded.text_checksum,
                  content_checksum = excluded.content_checksum, links = excluded.links, listed_at = excluded.listed_at,
                  tags = excluded.tags, fetched_at = excluded.fetched_at
                """)
        }
    }

    private static func updateDocumentation(_ publication: Publication, _ connection: PostgresConnection) async throws {
        let documentation = publication.documentation.uuid
        let profile = publication.profile
        _ = try await connection.query(
            """
            update portolan.documentation d set
              title = coalesce(\(publication.title), title),
              boilerplate = \(publication.boilerplate.sorted().map { Int64(bitPattern: $0) }),
              section_count = (select count(*) from portolan.section s where s.documentation_id = d.id),
              chunk_count = (select count(*) from portolan.chunk c where c.documentation_id = d.id),
              listing_trust = coalesce(\(publication.listingTrust.map { Int32($0.level) })::smallint, listing_trust),
              listing_round = coalesce(\(publication.listingTrust.map { Int32($0.round) }), listing_round),
              last_synced = \(publication.fetchedAt),
              -- Without an embedder the chunks are cut otherwise, and no vectors are owed for them.
              profile_id = case when \(profile?.model)::text is not null then coalesce(
                (select id from portolan.embedding_profile p where p.model = \(profile?.model)
                  and p.revision = \(profile?.revision) and p.dimension = \(profile.map { Int32($0.dimension) })), profile_id) end
            where id = \(documentation)
            """)
    }

    package func publishedState(_ documentation: DocumentationID) async throws -> PublishedState {
        try await withFaults {
            let rows = try await client.query(
                "select path, page_path, checksum, chunking from portolan.section where documentation_id = \(documentation.uuid)")
            var sections: [String: PublishedState.Entry] = [:]
            for row in rows {
                sections[try row.decode("path", as: String.self)] = PublishedState.Entry(
                    page: try row.decode("page_path", as: String.self), checksum: try row.decode("checksum", as: [UInt8].self),
                    chunking: try row.decode("chunking", as: String.self))
            }
            let facts = try await client.query("select boilerplate, held_back from portolan.documentation where id = \(documentation.uuid)")
            let boilerplate = try facts.first?.decode("boilerplate", as: [Int64].self) ?? []
            let heldBack = try facts.first?.decode("held_back", as: [String].self) ?? []
            return PublishedState(
                sections: sections, boilerplate: Set(boilerplate.map { UInt64(bitPattern: $0) }), heldBack: Set(heldBack))
        }
    }
}
