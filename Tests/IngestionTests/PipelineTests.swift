import Domain
import Ingestion
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@Suite(.serialized) struct `The pipeline` {
    @Test func `A first run publishes all pages with their vectors`() async throws {
        try await withWorld { world in
            let (site, embedder) = (Site.small(), HashEmbedder())
            let job = try await world.ingest(site, embedder: embedder)
            #expect(job.status == .completed && job.progressPercent == 100 && job.finishedAt != nil)
            #expect(job.counts.pagesProcessed == 3 && job.counts.pagesByOutcome == ["fetched": 3])
            let documentation = try #require(try await world.reading.documentation(job.documentation, access: .all))
            #expect(documentation.title == "Start" && documentation.embeddingModel == "hash" && documentation.embeddingDimension == 8)
            #expect(Set(try await world.sections(job.documentation).keys) == ["/", "/api", "/guide", "/guide#install", "/guide#configure"])
            #expect(job.counts.sectionsChanged == 5 && job.counts.sectionsUnchanged == 0 && job.counts.sectionsDeleted == 0)
            #expect(documentation.chunks > 10)
            let vectors = try await world.number("select count(*) from portolan.embedding")
            #expect(job.counts.chunksEmbedded == vectors && job.counts.chunksReused == 0 && embedder.counts.texts == vectors)
            #expect(
                try await world.number(
                    "select count(*) from portolan.chunk c where not exists (select from portolan.embedding e where e.checksum = c.checksum)"
                )
                    == 0)
            #expect(Set(job.stageSeconds.keys) == ["crawling", "parsing", "embedding", "indexing"])
        }
    }

    @Test(arguments: [true, false])
    func `A second run over the same pages writes no section and computes no vector`(_ hasValidators: Bool) async throws {
        try await withWorld { world in
            let (site, embedder) = (Site.small(), HashEmbedder())
            if !hasValidators { site.state.withLock { for path in $0.pages.keys { $0.pages[path]?.etag = nil } } }
            let first = try await world.ingest(site, embedder: embedder)
            let (before, calls) = (try await world.sections(first.documentation), embedder.counts.calls)
            let second = try await world.ingest(site, embedder: embedder)
            #expect(second.documentation == first.documentation && second.status == .completed)
            #expect(try await world.sections(first.documentation) == before)
            #expect(embedder.counts.calls == calls)
            #expect(second.counts.sectionsChanged == 0 && second.counts.sectionsUnchanged == 5 && second.counts.sectionsDeleted == 0)
            #expect(second.counts.pagesByOutcome == [hasValidators ? "not_modified" : "fetched": 3])
        }
    }

    @Test func `An edit changes its own section only`() async throws {
        try await withWorld { world in
            let (site, embedder) = (Site.small(), HashEmbedder())
            let first = try await world.ingest(site, embedder: embedder)
            let before = try await world.sections(first.documentation)
            let texts = embedder.counts.texts
            site.state.withLock { state in
                let html = state.pages["/guide"]?.html.replacing("configure0", with: "changed0") ?? ""
                state.pages["/guide"] = Site.Page(html: html, etag: "\"2\"")
            }
            let second = try await world.ingest(site, embedder: embedder)
            let after = try await world.sections(first.documentation)
            #expect(Set(after.keys) == Set(before.keys))
            #expect(Set(after.filter { before[$0.key] != $0.value }.keys) == ["/guide#configure"])
            #expect(second.counts.sectionsChanged == 1 && second.counts.sectionsUnchanged == 4)
            #expect(second.counts.chunksEmbedded == embedder.counts.texts - texts && second.counts.chunksEmbedded < 4)
            #expect(second.counts.chunksReused > 0)
        }
    }

    @Test func `A link that moves is written for readers, and is no change of the text`() async throws {
        try await withWorld { world in
            let (site, embedder) = (Site.short(), HashEmbedder())
            func link(_ path: String, to target: String, etag: String) {
                // A space that moves around a tag is no change of the text either.
                let space = etag == "\"1\"" ? "" : " "
                let page = Site.page("Linked", "See\(space)<a href=\"\(target)\">the manual</a>.", etag: etag)
                site.state.withLock { $0.pages[path] = page }
            }
            link("/a", to: "https://old.example.net/manual", etag: "\"1\"")
            let first = try await world.ingest(site, embedder: embedder)
            let (before, calls) = (try await world.sections(first.documentation), embedder.counts.calls)
            link("/a", to: "https://new.example.net/manual", etag: "\"2\"")
            let second = try await world.ingest(site, embedder: embedder)
            #expect(second.counts.sectionsChanged == 0 && second.counts.sectionsUnchanged == before.count)
            #expect(embedder.counts.calls == calls)
            let after = try await world.sections(first.documentation)
            #expect(Set(after.filter { before[$0.key] != $0.value }.keys) == ["/a"])
            let content = try await world.client.query("select content from portolan.section where path = '/a'").single()
                .decode(0, as: String.self)
            #expect(content.contains("[the manual](https://new.example.net/manual)"))
            // Read again without a change: not even the links are written.
            link("/a", to: "https://new.example.net/manual", etag: "\"3\"")
            try await world.ingest(site, embedder: embedder)
            #expect(try await world.sections(first.documentation) == after)
        }
    }

    @Test func `A page that is gone is deleted after a complete crawl, and never after a partial one`() async throws {
        try await withWorld { world in
            let (site, embedder) = (Site.small(), HashEmbedder())
            let first = try await world.ingest(site, embedder: embedder)
            site.state.withLock {
                $0.pages["/api"] = nil
                $0.failing = ["/guide"]
            }
            let partial = try await world.ingest(site, embedder: embedder)
            #expect(partial.status == .completed && partial.counts.sectionsDeleted == 0)
            #expect(try await world.sections(first.documentation).count == 5)
            site.state.withLock { $0.failing = [] }
            let complete = try await world.ingest(site, embedder: embedder)
            #expect(complete.counts.sectionsDeleted == 1 && complete.counts.sectionsUnchanged == 4)
            #expect(try await world.sections(first.documentation)["/api"] == nil)
            #expect(try await world.store.storedPages(first.documentation)["/api"] == nil)
        }
    }

    @Test func `Another model has every page read and embedded again, and mixes no vectors`() async throws {
        try await withWorld { world in
            let site = Site.small()
            let first = try await world.ingest(site, embedder: HashEmbedder())
            let other = HashEmbedder(model: "other")
            let second = try await world.ingest(site, embedder: other)
            #expect(second.counts.chunksEmbedded == first.counts.chunksEmbedded)
            #expect(try await world.reading.documentation(first.documentation, access: .all)?.embeddingModel == "other")
            #expect(try await world.number("select count(*) from portolan.embedding") == 2 * first.counts.chunksEmbedded)
        }
    }

    @Test func `Without an embedder the words are indexed alone`() async throws {
        try await withWorld { world in
            let job = try await world.ingest(Site.small(), embedder: nil)
            #expect(job.status == .completed && job.counts.chunksEmbedded == 0 && job.counts.sectionsChanged == 5)
            #expect(try await world.reading.documentation(job.documentation, access: .all)?.embeddingModel == nil)
        }
    }

    /// The model is gone and the text has changed: nobody could ever compute what is missing, so nothing is missing.
    @Test func `A documentation that had vectors owes none after a run without an embedder, and owes again after one with it`() async throws
    {
        try await withWorld { world in
            func missing() async throws -> Int {
                try #require(try await PostgresIndexAudit(world.client).parity().first { $0.kind == .vectors }).missing
            }
            let (site, embedder) = (Site.small(), HashEmbedder())
            let first = try await world.ingest(site, embedder: embedder)
            #expect(first.counts.chunksEmbedded > 0)
            #expect(try await missing() == 0)
            site.state.withLock { state in
                let html = state.pages["/guide"]?.html.replacing("configure0", with: "changed0") ?? ""
                state.pages["/guide"] = Site.Page(html: html, etag: "\"2\"")
            }
            let second = try await world.ingest(site, embedder: nil)
            #expect(second.counts.sectionsChanged > 0 && second.counts.chunksEmbedded == 0)
            #expect(try await missing() == 0)
            #expect(try await world.reading.documentation(first.documentation, access: .all)?.embeddingModel == nil)
            // The audit would see them: with the model that it had, the changed chunks have no vectors.
            try await world.client.query("update portolan.documentation set profile_id = (select id from portolan.embedding_profile)")
            #expect(try await missing() > 0)
            try await world.client.query("update portolan.documentation set profile_id = null")
            let third = try await world.ingest(site, embedder: embedder)
            #expect(third.counts.chunksEmbedded > 0)
            #expect(try await missing() == 0)
            #expect(try await world.reading.documentation(first.documentation, access: .all)?.embeddingModel != nil)
        }
    }

    @Test(arguments: FragileStore.Moment.allCases, [true, false])
    func `A crash at any call is made good by the next worker`(_ moment: FragileStore.Moment, _ isFirst: Bool) async throws {
        try await withWorld { world in
            func edit(_ site: Site) {
                site.state.withLock { state in
                    for path in ["/a", "/b", "/c", "/d"] { state.pages[path] = Site.page("New \(path)", "Text of \(path).", etag: "\"2\"") }
                    state.pages["/e"] = nil
                    state.pages["/new"] = Site.page("New", "A page that was not there before.", etag: "\"1\"")
                }
            }
            /// One ingestion, or the second of two, that crashes at a call, and goes on.
            func attempt(_ name: String, crashAt call: Int?) async throws -> (picture: String, calls: Int, crashed: Bool) {
                let (site, embedder) = (Site.short(), HashEmbedder(model: name))
                if !isFirst {
                    try await world.ingest(site, embedder: embedder, library: name)
                    edit(site)
                }
                let job = try await world.submit(name)
                var store = FragileStore(store: world.store)
                store.crash = call.map { ($0, moment) }
                var crashed = false
                do {
                    try await world.run(job.id, site, embedder: embedder, store: store)
                } catch is Crash {
                    crashed = true
                    if try await world.jobs.job(job.id, access: .all)?.status != .completed {
                        try await world.run(job.id, site, embedder: embedder)
                    }
                }
                return (
                    try await world.picture(job.documentation, model: name, job: job.id), store.calls.withLock { $0 }, crashed
                )
            }
            let undisturbed = try await attempt("undisturbed", crashAt: nil)
            #expect(undisturbed.calls > 15 && !undisturbed.crashed)
            for call in 1...undisturbed.calls {
                let disturbed = try await attempt("crash-\(call)", crashAt: call)
                // How often progress is saved depends on the clock, too.
                guard disturbed.crashed else {
                    #expect(call > 15)
                    break
                }
                #expect(disturbed.picture == undisturbed.picture, "call \(call): \(disturbed.picture.split(separator: "\n").last ?? "")")
            }
        }
    }

    @Test(arguments: [JobStatus.pending, .crawling, .parsing, .embedding, .indexing])
    func `A stop is obeyed in every stage, and nothing is written after it`(_ stage: JobStatus) async throws {
        try await withWorld { world in
            let fingerprint: SQL = """
                select md5(coalesce(string_agg(t, '|' order by t), '')) from (
                  select j::text from portolan.job j union all select s::text from portolan.section s
                  union all select c::text from portolan.crawl_outcome c union all select e::text from portolan.embedding e
                  union all select d::text from portolan.documentation d) x (t)
                """
            let seen = Locked("")
            let job = try await world.submit()
            var store = FragileStore(store: world.store)
            let stop: @Sendable () async throws -> Void = {
                _ = try await world.jobs.requestStop(job.id, access: .all)
                let text = try await world.client.query(fingerprint).single().decode(0, as: String.self)
                seen.withLock { $0 = text }
            }
            store.onAdvance = { if $0 == stage { try await stop() } }
            if stage == .pending {
                // Asked between the lease and the first write.
                _ = try await world.lease(job.id)
                _ = try await world.jobs.requestStop(job.id, access: .all)
            }
            await #expect(throws: LeaseLoss.stopRequested) {
                try await world.run(job.id, Site.small(), embedder: HashEmbedder(), store: store)
            }
            let after = try await world.client.query(fingerprint).single().decode(0, as: String.self)
            if stage != .pending { #expect(after == seen.withLock { $0 }) }
            #expect(try await world.jobs.job(job.id, access: .all)?.status == stage)
            #expect(try await world.jobs.job(job.id, access: .all)?.stopRequested == true)
        }
    }

    @Test func `An embedder that is away for a moment is asked again`() async throws {
        try await withWorld { world in
            let embedder = HashEmbedder { $0 <= 2 ? Fault.unavailable("the embedder", "It is away.") : nil }
            let job = try await world.ingest(Site.small(), embedder: embedder)
            #expect(job.status == .completed && job.counts.chunksEmbedded == embedder.counts.texts)
        }
    }

    @Test func `An embedder that stays away ends the run with what can be tried again`() async throws {
        try await withWorld { world in
            let embedder = HashEmbedder { $0 > 1 ? Fault.unavailable("the embedder", "It is away.") : nil }
            let job = try await world.submit()
            let fault = await #expect(throws: Fault.self) { try await world.run(job.id, Site.small(), embedder: embedder) }
            #expect(fault?.isTransient == true && embedder.counts.calls == 4)
            // Readers have the keyword index meanwhile, and the next run computes only what is missing.
            #expect(try await world.sections(job.documentation).count == 5)
            let next = HashEmbedder()
            try await world.run(job.id, Site.small(), embedder: next)
            let ended = try #require(try await world.jobs.job(job.id, access: .all))
            #expect(ended.counts.chunksEmbedded == next.counts.texts + 4 && ended.counts.chunksReused == 0)
        }
    }

    @Test func `Vectors of another length than promised end the job for good`() async throws {
        try await withWorld { world in
            let fault = await #expect(throws: Fault.self) {
                try await world.ingest(Site.small(), embedder: HashEmbedder(length: 5))
            }
            #expect(fault?.code == "E_EMBEDDING_DIMENSION" && fault?.isTransient == false)
        }
    }
}
