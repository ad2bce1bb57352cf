import Domain
import Policy
import Postgres
import Primitives
import Storage
import Testing

@Suite struct QueryReaderTests {
    @Test func `every statement of the stores for reading passes the query gate`() async throws {
        try await withStores { stores in
            let gates = GateRegistry()
            let refused = Locked<[String]>([])
            gates.observeRejections { _, rejection in refused.withLock { $0.append("\(rejection) \(rejection.details)") } }
            let reading = PostgresDocumentationStore(stores.client, gates: gates)
            let search = PostgresSearchStore(stores.client, gates: gates)
            let documentation = try await stores.publish([.of("/a", "one two"), .of("/a#b", page: "/a", "two three")], profile: .small)
            let everywhere = SearchScope()
            let narrow = SearchScope(documentation: documentation, library: "swift", version: "latest")

            for scope in [everywhere, narrow] {
                let found = try await search.candidates(terms: terms("two"), vector: nil, profile: nil, scope: scope, limit: 100)
                #expect(found.lexical.count == 2)
                let matches = try await search.matches(terms("two"), scope: scope, limit: 100, access: .all)
                _ = try await search.furtherMatches(matches, without: [], offset: 0, limit: 100)
                _ = try await search.candidates(terms: terms("two"), vector: vector(0), profile: .small, scope: scope, limit: 100)
                #expect(try await reading.documentations(scope: scope, limit: 100, offset: 0, access: .all).total == 1)
                _ = try await search.resolve(scope, access: .all)
                _ = try await search.passages(found.lexical.map(\.chunk), access: .all)
            }
            #expect(try await reading.documentation(documentation, access: .all)?.id == documentation)
            #expect(try await reading.sections(documentation, startPath: "/a", limit: 200, offset: 0, access: .all).total == 2)
            _ = try await reading.section(documentation, path: "/a", access: .all)
            _ = try await reading.outline(documentation, startPath: nil, limit: 20_001, access: .all)
            #expect(try await reading.libraries(limit: 100, offset: 0, access: .all).total == 1)
            let sources = PostgresSourceStore(stores.client, gates: gates)
            for source in try await sources.sources(limit: 100, offset: 0, access: .all).sources {
                _ = try await sources.source(source.id, access: .all)
            }
            _ = try await search.cursorKey()
            #expect(try await reading.delete(documentation, access: .all))

            #expect(refused.withLock { $0 }.isEmpty)
            #expect(gates.snapshot[.query]?.passes ?? 0 >= 20)
        }
    }

    @Test func `a limit above the bound of the statement is refused before it is sent`() async throws {
        try await withStores { stores in
            let gates = GateRegistry()
            let reading = PostgresDocumentationStore(stores.client, gates: gates)
            let before = stores.client.metrics.statementsTotal
            let fault = await #expect(throws: Fault.self) {
                try await reading.outline(DocumentationID.make(), startPath: nil, limit: 20_002, access: .all)
            }
            #expect(fault?.code == "E_QUERY_LIMIT")
            #expect(gates.snapshot[.query]?.rejections == [.queryLimit: 1])
            #expect(stores.client.metrics.statementsTotal == before)
        }
    }
}
