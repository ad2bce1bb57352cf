import Domain
import FoundationEssentials
import Ingestion
import Primitives
import Storage
import Testing

@Suite(.serialized) struct `Mass deletion` {
    struct Case: Sendable {
        let name: String
        var missing: Int
        var published: Int
        var confirmed = 0
        var isAllowed = false
        let deleted: Int
        let heldBack: Int
    }

    static let cases = [
        Case(name: "nothing", missing: 0, published: 100, deleted: 0, heldBack: 0),
        Case(name: "a fifth", missing: 20, published: 100, deleted: 20, heldBack: 0),
        Case(name: "more than a fifth", missing: 21, published: 100, deleted: 0, heldBack: 21),
        Case(name: "all of ten", missing: 10, published: 10, deleted: 10, heldBack: 0),
        Case(name: "all of eleven", missing: 11, published: 11, deleted: 0, heldBack: 11),
        Case(name: "allowed", missing: 100, published: 100, isAllowed: true, deleted: 100, heldBack: 0),
        Case(name: "missed again", missing: 50, published: 100, confirmed: 50, deleted: 50, heldBack: 0),
        Case(name: "missed again with a few more", missing: 55, published: 100, confirmed: 50, deleted: 55, heldBack: 0),
        Case(name: "missed again with many more", missing: 90, published: 100, confirmed: 50, deleted: 50, heldBack: 40),
    ]

    @Test(arguments: cases.indices)
    func `What is missed twice is deleted, and few pages at once`(_ index: Int) {
        let item = Self.cases[index]
        let missing = (0..<item.missing).map { "/\($0)" }
        let guarded = DeletionGuard(
            missing: missing, published: item.published, heldBefore: Set(missing.prefix(item.confirmed) + ["/back"]),
            isAllowed: item.isAllowed)
        #expect(guarded.deleted.count == item.deleted && guarded.heldBack.count == item.heldBack, "\(item.name)")
        #expect(Set(guarded.deleted + guarded.heldBack) == Set(missing), "\(item.name)")
    }

    private static let survivors = ["/", "/p1", "/p2"]

    /// Fifteen pages, of which `remove` takes twelve.
    private static func site() -> Site {
        Site(
            Dictionary(
                uniqueKeysWithValues: (["/"] + (1...14).map { "/p\($0)" }).map { path in
                    (path, Site.page("Page \(path)", "Text of \(path).", etag: "\"1\""))
                }))
    }

    private static func remove(_ site: Site) { site.state.withLock { $0.pages = $0.pages.filter { survivors.contains($0.key) } } }

    @Test func `It waits for the next complete crawl, which carries it out`() async throws {
        try await withWorld { world in
            let site = Self.site()
            let first = try await world.ingest(site, embedder: nil)
            #expect(first.counts.pagesHeldBack == 0)
            let before = try await world.sections(first.documentation)
            Self.remove(site)
            let second = try await world.ingest(site, embedder: nil)
            #expect(second.status == .completed && second.counts.pagesHeldBack == 12)
            #expect(second.counts.sectionsDeleted == 0 && second.counts.sectionsUnchanged == 15)
            #expect(try await world.sections(first.documentation) == before)

            site.state.withLock { $0.failing = ["/p2"] }
            let partial = try await world.ingest(site, embedder: nil)
            #expect(partial.counts.pagesHeldBack == 0 && partial.counts.sectionsDeleted == 0)
            site.state.withLock { $0.failing = [] }

            let third = try await world.ingest(site, embedder: nil)
            #expect(third.counts.pagesHeldBack == 0 && third.counts.sectionsDeleted == 12)
            #expect(try await world.sections(first.documentation).keys.sorted() == Self.survivors)
            #expect(try await world.store.storedPages(first.documentation).keys.sorted() == Self.survivors)
        }
    }

    @Test func `Pages that come back are as they were, and are held back again when they go again`() async throws {
        try await withWorld { world in
            let site = Self.site()
            let first = try await world.ingest(site, embedder: nil)
            let (pages, before) = (site.state.withLock { $0.pages }, try await world.sections(first.documentation))
            Self.remove(site)
            try await world.ingest(site, embedder: nil)
            site.state.withLock { $0.pages = pages }
            let back = try await world.ingest(site, embedder: nil)
            #expect(back.counts.pagesByOutcome == ["not_modified": 15])
            Self.remove(site)
            let again = try await world.ingest(site, embedder: nil)
            #expect(again.counts.pagesHeldBack == 12)
            #expect(try await world.sections(first.documentation) == before)
        }
    }

    @Test func `A job that allows it does not wait`() async throws {
        try await withWorld { world in
            let site = Self.site()
            let first = try await world.ingest(site, embedder: nil)
            Self.remove(site)
            let settings = try IngestionSettings(rootURL: Site.root, allowMassDelete: true)
            let second = try await world.ingest(site, embedder: nil, settings: settings)
            #expect(second.settings.allowMassDelete && second.documentation == first.documentation)
            #expect(second.counts.pagesHeldBack == 0 && second.counts.sectionsDeleted == 12)
        }
    }

    @Test func `Settings that were stored without the choice do not allow it`() throws {
        let stored = #"{"rootURL":"https://docs.example.com/","depth":3,"include":[],"exclude":["/x/**"],"maxPages":7}"#
        let settings = try JSONDecoder().decode(IngestionSettings.self, from: Data(stored.utf8))
        #expect(try settings == IngestionSettings(rootURL: Site.root, exclude: ["/x/**"], maxPages: 7))
        #expect(!settings.allowMassDelete)
    }
}
