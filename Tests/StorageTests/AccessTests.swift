import Domain
import Policy
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

/// A public library with one documentation and a private one with two, in a store behind a gate that must let everything through.
private struct Shelves {
    let stores: Stores
    let open: Job
    let hidden: Job
    let half: Job
    let reading: PostgresDocumentationStore
    let search: PostgresSearchStore
    let sources: PostgresSourceStore
    let libraries: PostgresLibraryAccessStore
    let refused = Locked<[String]>([])

    init(_ stores: Stores) async throws {
        self.stores = stores
        open = try await Self.publish(stores, "open", "https://open.example.com/", "common word")
        hidden = try await Self.publish(stores, "hidden", "https://hidden.example.com/", "common secret")
        half = try await Self.publish(stores, "hidden", "https://half.example.com/", "common half")
        let gates = GateRegistry()
        let refused = refused
        gates.observeRejections { _, rejection in refused.withLock { $0.append("\(rejection) \(rejection.details)") } }
        reading = PostgresDocumentationStore(stores.client, gates: gates)
        search = PostgresSearchStore(stores.client, gates: gates)
        sources = PostgresSourceStore(stores.client, gates: gates)
        libraries = PostgresLibraryAccessStore(stores.client)
        try await libraries.set(
            LibraryReaders(isPrivate: true, groups: ["staff"], sources: [try await source(of: half).id: ["guests"]]), library: "hidden")
    }

    private static func publish(_ stores: Stores, _ library: String, _ root: String, _ text: String) async throws -> Job {
        let (job, lease) = try await stores.leased(library, root: root)
        try await stores.walk(lease, to: .indexing)
        try await stores.ingestion.record(
            lease, [CrawlRecord(outcome: PageOutcome(url: try SiteURL(root), kind: .fetched, status: 200, depth: 0))])
        let page = StoredPage(url: root, title: "", etag: nil, lastModified: nil, textChecksum: [1], contentChecksum: [2], links: [root])
        let section = Publication.ChangedSection.of("/", text)
        try await stores.ingestion.complete(
            lease, .of(job.documentation, [section], pages: ["/": page]), counts: JobCounts(), stageSeconds: [:])
        return job
    }

    func source(of job: Job) async throws -> Source {
        let all = try await sources.sources(limit: 10, offset: 0, access: .all).sources
        return try #require(all.first { $0.documentation == job.documentation })
    }

    /// What every question about `job` comes to for a caller: true where it is answered. All of them have to agree.
    func answers(_ job: Job, _ access: LibraryAccess) async throws -> Set<Bool> {
        let id = job.documentation
        let source = try await source(of: job).id
        var seen: Set<Bool> = []
        seen.insert(try await reading.documentation(id, access: access) != nil)
        seen.insert(
            try await reading.documentations(scope: SearchScope(documentation: id), limit: 9, offset: 0, access: access).total == 1)
        let listed = try await reading.documentations(scope: SearchScope(), limit: 9, offset: 0, access: access)
        seen.insert(listed.documentations.contains { $0.id == id })
        #expect(listed.total == listed.documentations.count)
        let sections = try await reading.sections(id, startPath: nil, limit: 9, offset: 0, access: access)
        #expect(sections.total == sections.sections.count)
        seen.insert(sections.total == 1)
        seen.insert(try await reading.section(id, path: "/", access: access) != nil)
        seen.insert(try await !reading.outline(id, startPath: nil, limit: 9, access: access).isEmpty)
        seen.insert(try await search.resolve(SearchScope(documentation: id), access: access) == .found)
        let scopes = [SearchScope(), SearchScope(documentation: id)]
        for scope in scopes {
            let matches = try await search.matches(terms("common"), scope: scope, limit: 9, access: access)
            let passages = try await search.passages(matches.best.map(\.chunk), access: access)
            seen.insert(passages.contains { $0.section.documentation == id })
            #expect(matches.best.count == passages.count && matches.sections == passages.count)
            let found = try await search.candidates(beside: matches, vector: nil, profile: nil, limit: 9)
            #expect(found.total == passages.count)
            let further = try await search.furtherMatches(matches, without: [], offset: 0, limit: 9)
            seen.insert(try await search.passages(further.map(\.chunk), access: .all).contains { $0.section.documentation == id })
        }
        // A chunk that somebody guesses is not shown either.
        let chunks = try await search.matches(terms("common"), scope: SearchScope(documentation: id), limit: 9, access: .all).best
        seen.insert(try await !search.passages(chunks.map(\.chunk), access: access).isEmpty)
        seen.insert(try await sources.source(source, access: access) != nil)
        let page = try await sources.sources(limit: 9, offset: 0, access: access)
        seen.insert(page.sources.contains { $0.id == source })
        #expect(page.total == page.sources.count)
        seen.insert(try await stores.jobs.job(job.id, access: access) != nil)
        seen.insert(try await stores.jobs.jobs(status: nil, documentation: id, limit: 9, offset: 0, access: access).total == 1)
        let jobs = try await stores.jobs.jobs(status: nil, documentation: nil, limit: 9, offset: 0, access: access)
        seen.insert(jobs.jobs.contains { $0.id == job.id })
        #expect(jobs.total == jobs.jobs.count)
        seen.insert(try await stores.jobs.outcomes(job.id, outcome: nil, limit: 9, offset: 0, access: access).total == 1)
        #expect(refused.withLock { $0 }.isEmpty)
        return seen
    }

    /// What each way to change something says of it.
    func changes(_ job: Job, _ access: LibraryAccess) async throws -> Set<Bool> {
        let source = try await source(of: job)
        var done: Set<Bool> = []
        done.insert(try await sources.update(source.id, isPaused: true, timing: nil, access: access) { _ in } != nil)
        done.insert(try await sources.source(source.id, access: .all)?.sync.isPaused == true)
        _ = try await sources.update(source.id, isPaused: false, timing: .onRequest, access: .all)
        done.insert(try await sources.requestSync(source.id, access: access) != nil)
        done.insert(try await stores.jobs.requestStop(job.id, access: access) != nil)
        done.insert(try await stores.jobs.writableJob(job.id, access: access) != nil)
        return done
    }

    func names(_ access: LibraryAccess) async throws -> [String] {
        let found = try await reading.libraries(limit: 9, offset: 0, access: access)
        #expect(found.total == found.libraries.count)
        return found.libraries.map { "\($0.name) \($0.versions.map(\.documentations))" }
    }
}

@Suite(.serialized) struct `Access to libraries` {
    @Test func `Each question of each store is answered for those who may see, as if nothing were there for the others`() async throws {
        try await withStores { stores in
            let shelves = try await Shelves(stores)
            let half = AccessList(documentations: [shelves.half.documentation])
            let cases: [(access: LibraryAccess, open: Bool, hidden: Bool, half: Bool, names: [String])] = [
                (.all, true, true, true, ["hidden [2]", "open [1]"]),
                (.publicOnly, true, false, false, ["open [1]"]),
                (.open(groups: ["strangers"]), true, false, false, ["open [1]"]),
                (.open(groups: ["strangers", "staff"]), true, true, true, ["hidden [2]", "open [1]"]),
                (.open(groups: ["guests"]), true, false, true, ["hidden [1]", "open [1]"]),
                (.only(AccessList(libraries: ["hidden"])), false, true, true, ["hidden [2]"]),
                (.only(AccessList(libraries: ["open"])), true, false, false, ["open [1]"]),
                (.only(half), false, false, true, ["hidden [1]"]),
                (.only(AccessList(libraries: ["neither"])), false, false, false, []),
                (.only(AccessList()), false, false, false, []),
            ]
            for (access, open, hidden, half, names) in cases {
                #expect(try await shelves.answers(shelves.open, access) == [open], "open for \(access)")
                #expect(try await shelves.answers(shelves.hidden, access) == [hidden], "hidden for \(access)")
                #expect(try await shelves.answers(shelves.half, access) == [half], "half for \(access)")
                // Who sees a part of a library reads it only.
                #expect(try await shelves.changes(shelves.open, access) == [open], "open for \(access)")
                #expect(try await shelves.changes(shelves.hidden, access) == [hidden], "hidden for \(access)")
                #expect(try await shelves.changes(shelves.half, access) == [half && hidden], "half for \(access)")
                if half, !hidden {
                    #expect(try await !shelves.reading.delete(shelves.half.documentation, access: access))
                }
                #expect(try await shelves.names(access) == names, "\(access)")
                let names = names.map { String($0.prefix { $0 != " " }) }
                let isKnown = try await shelves.search.resolve(SearchScope(library: "hidden"), access: access) == .found
                #expect(isKnown == (hidden || half))
                let version = try await shelves.search.resolve(SearchScope(library: "hidden", version: "9"), access: access)
                #expect(version == (hidden || half ? .unknownVersion(["1.0"]) : .unknownLibrary(names)))
                #expect(try await shelves.search.resolve(SearchScope(library: "never"), access: access) == .unknownLibrary(names))
            }
        }
    }

    @Test func `Writing to a hidden library is refused as writing to one that may not be created`() async throws {
        try await withStores { stores in
            let shelves = try await Shelves(stores)
            func refusal(_ library: String, _ access: LibraryAccess) async throws -> String? {
                let submission = JobSubmission(
                    library: library, version: "1.0", settings: try IngestionSettings(rootURL: "https://more.example.com/"),
                    correlationID: "test")
                var refusals: Set<String?> = []
                do {
                    _ = try await stores.jobs.submit(submission, access: access)
                    refusals.insert(nil)
                } catch let fault as Fault {
                    refusals.insert("\(fault.code) \(fault.message.replacing(library, with: "…")) \(fault.hint ?? "")")
                }
                do {
                    _ = try await shelves.sources.register(submission, timing: .onRequest, access: access)
                    refusals.insert(nil)
                } catch let fault as Fault {
                    refusals.insert("\(fault.code) \(fault.message.replacing(library, with: "…")) \(fault.hint ?? "")")
                }
                #expect(refusals.count == 1)
                return refusals.first ?? nil
            }
            let absent = try await refusal("absent", .publicOnly)
            #expect(absent?.hasPrefix("E_NOT_FOUND There is no library ….") == true)
            for access in [LibraryAccess.publicOnly, .open(groups: ["guests"]), .only(AccessList(libraries: ["open"]))] {
                #expect(try await [refusal("hidden", access), refusal("absent", access)] == [absent, absent])
                #expect(try await refusal("open", access) == nil)
            }
            #expect(try await refusal("hidden", .open(groups: ["staff"])) == nil)
            let own = LibraryAccess.only(AccessList(libraries: ["own"]))
            #expect(try await [refusal("own", own), refusal("own", own)] == [nil, nil])
            #expect(try await refusal("anything", .all) == nil)
            #expect(try await stores.number("select count(*) from portolan.library where name = 'absent'") == 0)
        }
    }

    @Test func `What is hidden cannot be deleted`() async throws {
        try await withStores { stores in
            let shelves = try await Shelves(stores)
            #expect(try await !shelves.reading.delete(shelves.hidden.documentation, access: .publicOnly))
            #expect(try await !shelves.reading.delete(shelves.open.documentation, access: .only(AccessList(libraries: ["hidden"]))))
            #expect(try await shelves.reading.delete(shelves.open.documentation, access: .publicOnly))
            #expect(try await shelves.reading.delete(shelves.hidden.documentation, access: .open(groups: ["staff"])))
        }
    }

    @Test func `Readers are set as a whole, also before a library is there`() async throws {
        try await withStores { stores in
            let shelves = try await Shelves(stores)
            let source = try await shelves.source(of: shelves.half).id
            #expect(try await shelves.libraries.readers(library: "never") == nil)
            #expect(
                try await shelves.libraries.readers(library: "hidden")
                    == LibraryReaders(isPrivate: true, groups: ["staff"], sources: [source: ["guests"]]))
            let later = LibraryReaders(isPrivate: true, groups: ["a", "b"])
            try await shelves.libraries.set(later, library: "later")
            #expect(try await shelves.libraries.readers(library: "later") == later)
            try await shelves.libraries.set(LibraryReaders(isPrivate: false), library: "hidden")
            #expect(try await shelves.answers(shelves.hidden, .publicOnly) == [true])
            let foreign = try await shelves.source(of: shelves.open).id
            let fault = await #expect(throws: Fault.self) {
                try await shelves.libraries.set(LibraryReaders(isPrivate: true, sources: [foreign: ["x"]]), library: "hidden")
            }
            #expect(fault?.category == .notFound)
            #expect(try await shelves.libraries.readers(library: "hidden") == LibraryReaders(isPrivate: false))
        }
    }

    @Test func `The access list of a key names libraries and what sources fill`() async throws {
        try await withStores { stores in
            let shelves = try await Shelves(stores)
            let keys = PostgresAPIKeyStore(stores.client)
            func key(_ libraries: Set<String>, _ sources: Set<SourceID> = []) async throws -> LibraryAccess {
                let key = try await keys.create(
                    name: "k", role: .reader, scopes: [.read], libraries: libraries, sources: sources, lifetime: .seconds(60)
                ).key
                #expect(try await keys.working().contains { $0.key == key })
                return key.list.access
            }
            #expect(try await key([]) == .publicOnly)
            #expect(try await key(["*"]) == .all)
            let half = AccessList(libraries: ["open"], documentations: [shelves.half.documentation])
            #expect(try await key(["open"], [shelves.source(of: shelves.half).id]) == .only(half))
            for libraries in [Set([""]), [String(repeating: "x", count: 201)], Set((0...200).map { "\($0)" })] {
                await #expect(throws: Fault.self) { try await key(libraries) }
            }
            await #expect(throws: Fault.self) { try await key([], [.make()]) }
        }
    }
}
