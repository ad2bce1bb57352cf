import Domain
import Postgres
import Primitives
import TestSupport
import Testing

@testable import Storage

@Suite struct `News of publications` {
    private static let id = DocumentationID.make()

    static let news: [PublicationNews] = [
        PublicationNews(documentation: id, paths: [], changesList: true),
        PublicationNews(documentation: id, paths: ["/a", "/b c#d"], changesList: false),
        PublicationNews(documentation: id, paths: nil, changesList: true),
        PublicationNews(documentation: id, paths: nil, changesList: true, formerLibrary: "a library * +"),
    ]

    @Test(arguments: news)
    func `Come back as they were sent`(news: PublicationNews) {
        #expect(PostgresPublicationFeed.payloads(news).map { PostgresPublicationFeed.news($0) } == [news])
    }

    @Test func `Are split into what a notification holds, and cut to a whole documentation when there are too many`() {
        let paths = (0..<500).map { "/\(String(repeating: "long", count: 30))/\($0)" }
        let payloads = PostgresPublicationFeed.payloads(PublicationNews(documentation: Self.id, paths: paths, changesList: true))
        let read = payloads.compactMap { PostgresPublicationFeed.news($0) }
        #expect(payloads.allSatisfy { $0.utf8.count < 8_000 } && read.count == payloads.count && payloads.count > 5)
        #expect(read.flatMap { $0.paths ?? [] } == paths && read.count { $0.changesList } == 1)
        let many = PublicationNews(documentation: Self.id, paths: (0..<3_000).map { "/\($0)" }, changesList: false)
        #expect(PostgresPublicationFeed.payloads(many).map { PostgresPublicationFeed.news($0)?.paths } == [nil])
    }

    @Test(arguments: ["", "nonsense", "0198c0de-0000-7000-8000-000000000000", "x . +\n/a"])
    func `Are nothing when nobody of us sent them`(payload: String) { #expect(PostgresPublicationFeed.news(payload) == nil) }

    @Test func `Are told when a publication or a deletion is committed`() async throws {
        try await withStores { stores in
            let (listening, told) = (Expectation(), Expectation())
            let heard = Locked<[PublicationNews]>([])
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await PostgresPublicationFeed(stores.client).listen {
                        listening.fulfill()
                    } onNews: { news in
                        heard.withLock { $0.append(news) }
                        told.fulfill()
                    }
                }
                try await listening.fulfillment()
                let id = try await stores.publish([.of("/a", "alpha"), .of("/b", "beta")])
                try await told.fulfillment()
                #expect(heard.withLock { $0 } == [PublicationNews(documentation: id, paths: ["/a", "/b"], changesList: true)])
                #expect(try await stores.reading.delete(id, access: .all))
                try await told.fulfillment(2)
                #expect(
                    heard.withLock { $0.last }
                        == PublicationNews(documentation: id, paths: nil, changesList: true, formerLibrary: "swift"))
                group.cancelAll()
            }
        }
    }
}

@Suite struct `What a caller may know of` {
    @Test func `A documentation is visible as long as its readers say so, and after that by its library`() async throws {
        try await withStores { stores in
            let id = try await stores.publish("vault", [.of("/", "x")])
            let (store, access) = (stores.reading, PostgresLibraryAccessStore(stores.client))
            let (named, listed) = (
                LibraryAccess.only(AccessList(libraries: ["vault"])), LibraryAccess.only(AccessList(documentations: [id]))
            )
            let (keeper, stranger) = (LibraryAccess.open(groups: ["keepers"]), LibraryAccess.only(AccessList(libraries: ["other"])))
            func seen(_ callers: [LibraryAccess], after former: String? = nil) async throws -> [Bool] {
                var seen: [Bool] = []
                for caller in callers { seen.append(try await store.isVisible(id, formerLibrary: former, access: caller)) }
                return seen
            }
            let callers: [LibraryAccess] = [.all, named, listed, keeper, .publicOnly, stranger]
            #expect(try await seen(callers) == [true, true, true, true, true, false])
            try await access.set(LibraryReaders(isPrivate: true, groups: ["keepers"]), library: "vault")
            #expect(try await seen(callers) == [true, true, true, true, false, false])
            #expect(try await store.delete(id, access: .all))
            #expect(try await seen(callers) == [true, false, false, false, false, false])
            #expect(try await seen(callers, after: "vault") == [true, true, true, true, false, false])
            #expect(try await seen(callers, after: "never") == [true, false, true, false, false, false])
        }
    }
}

@Suite struct `The directory of sections` {
    @Test func `A walk meets every section of every documentation once`() async throws {
        try await withStores { stores in
            for library in ["a", "b"] { try await stores.publish(library, (0..<7).map { .of("/\($0)", "\(library) \($0)") }) }
            let directory = PostgresSectionDirectory(stores.client)
            var (position, found): (Int?, [String]) = (0, [])
            while let start = position {
                let page = try await directory.sections(after: start, limit: 4, access: .all)
                found += page.sections.map(\.uri)
                position = page.position
            }
            #expect(found.count == 14 && Set(found).count == 14)
            #expect(try await directory.sections(after: 0, limit: 50, access: .only(AccessList(libraries: ["b"]))).sections.count == 7)
        }
    }

    @Test func `Names are completed by their beginnings, and only what the caller may see`() async throws {
        try await withStores { stores in
            let id = try await stores.publish(
                "fastapi", version: "1.9", [.of("/tutorial/start", "x"), .of("/tutorial/end", "y"), .of("/_x", "z")])
            try await stores.publish("fastapi", version: "1.10", [.of("/", "x")])
            try await stores.publish("flask", [.of("/", "x")])
            let directory = PostgresSectionDirectory(stores.client)
            #expect(try await directory.libraries(prefix: "f", limit: 9, access: .all) == ["fastapi", "flask"])
            #expect(try await directory.libraries(prefix: "fl%", limit: 9, access: .all) == [])
            #expect(try await directory.versions(of: "fastapi", prefix: "1", limit: 9, access: .all) == ["1.10", "1.9"])
            #expect(try await directory.documentations(prefix: "fastapi", limit: 9, access: .all).count == 2)
            #expect(try await directory.documentations(prefix: String(id.description.prefix(8)), limit: 9, access: .all).contains(id))
            #expect(
                try await directory.paths(of: id, prefix: "/tutorial/", limit: 9, access: .all) == ["/tutorial/end", "/tutorial/start"])
            #expect(try await directory.paths(of: id, prefix: "/_", limit: 1, access: .all) == ["/_x"])
            let access = LibraryAccess.only(AccessList(libraries: ["flask"]))
            #expect(try await directory.libraries(prefix: "", limit: 9, access: access) == ["flask"])
            #expect(try await directory.versions(of: "fastapi", prefix: "", limit: 9, access: access) == [])
            #expect(try await directory.documentations(prefix: "fastapi", limit: 9, access: access) == [])
            #expect(try await directory.paths(of: id, prefix: "/", limit: 9, access: access) == [])
        }
    }
}
