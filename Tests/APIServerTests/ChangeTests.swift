import Domain
import MCP
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@testable import APIServer

/// Who hears of what is published, over the notifications of a real database.
@Suite struct `News of publications over MCP` {
    private let hand = Hand()

    /// Runs `body` beside a server that listens for publications and takes keys.
    private func withEdge(_ body: (Edge, Seed) async throws -> Void) async throws {
        var options = Edge.Options()
        options.keys = { [hand] in hand.now }
        try await Edge.with(options) { edge in
            try await eventually {
                try await edge.database.query(
                    "select count(*) as n from pg_stat_activity where datname = current_database() and query ilike 'listen %'"
                ).single().decode("n", as: Int.self) > 0
            }
            try await body(edge, Seed(database: edge.database))
        }
    }

    /// An agent with a key that may see `libraries`; none are the public ones.
    private func agent(_ edge: Edge, _ name: String, libraries: Set<String> = []) async throws -> Agent {
        let key = try await PostgresAPIKeyStore(edge.database).create(
            name: name, role: .reader, scopes: [.read], libraries: libraries, lifetime: .seconds(3600))
        hand.move(KeyRing.pause)
        return Agent(edge: edge, token: key.text.reveal())
    }

    private func uri(_ edge: Edge, _ path: String) -> JSONValue {
        .string(SectionURI(documentation: edge.guide, path: path).description)
    }

    private let everything: JSONObject = ["resourcesListChanged": true]

    @Test func `That something changed in a hidden library is told to those who may see it, and to nobody else`() async throws {
        try await withEdge { edge, seed in
            let access = PostgresLibraryAccessStore(edge.database)
            try await access.set(LibraryReaders(isPrivate: true), library: "vault")
            let (outsider, listed) = (try await agent(edge, "outsider"), try await agent(edge, "listed", libraries: ["vault"]))
            try await Agent(edge: edge).listening(everything) { all in
                try await outsider.listening(["resourcesListChanged": true, "resourceSubscriptions": [uri(edge, "/tutorial")]]) { few in
                    try await listed.listening(everything) { own in
                        let vault = try await seed.publish("7.0", library: "vault", [seed.section("/", "Treasure.")])
                        for _ in 0..<2 {
                            #expect(try await all.next()?["method"] == "notifications/resources/list_changed")
                            #expect(try await own.next()?["method"] == "notifications/resources/list_changed")
                            // Gone, it can be asked for no more; who could see it is still told.
                            _ = try await edge.send("DELETE", "/v1/documentation/\(vault)")
                        }
                        _ = try await seed.publish("1.0", [seed.section("/tutorial", "Another edition.")])
                        #expect(try await few.next()?["params"]?["uri"] == uri(edge, "/tutorial"))
                        #expect(try await few.next()?["method"] == "notifications/resources/list_changed")
                    }
                }
            }
        }
    }

    @Test func `A section whose library was taken away is told of no more, and again when it was given back`() async throws {
        try await withEdge { edge, seed in
            let access = PostgresLibraryAccessStore(edge.database)
            let reader = try await agent(edge, "reader")
            let wanted: JSONObject = ["resourceSubscriptions": [uri(edge, "/"), uri(edge, "/tutorial")]]
            try await Agent(edge: edge).listening(wanted) { all in
                try await reader.listening(wanted) { own in
                    try await access.set(LibraryReaders(isPrivate: true, groups: ["others"]), library: "guide")
                    _ = try await seed.publish("1.0", [seed.section("/", "For others.")])
                    #expect(try await all.next()?["params"]?["uri"] == uri(edge, "/"))
                    try await access.set(LibraryReaders(isPrivate: false), library: "guide")
                    _ = try await seed.publish("1.0", [seed.section("/tutorial", "For all.")])
                    #expect(try await own.next()?["params"]?["uri"] == uri(edge, "/tutorial"))
                }
            }
        }
    }

    @Test func `What is hidden is left out of a subscription as if it were not there`() async throws {
        try await withEdge { edge, seed in
            let outsider = try await agent(edge, "outsider")
            let vault = try await seed.publish("7.0", library: "vault", [seed.section("/", "Treasure.")])
            try await PostgresLibraryAccessStore(edge.database).set(LibraryReaders(isPrivate: true), library: "vault")
            let hidden = SectionURI(documentation: vault, path: "/").description
            let absent = SectionURI(documentation: DocumentationID.make(), path: "/").description
            let wanted: JSONObject = ["resourceSubscriptions": [.string(hidden), .string(absent), uri(edge, "/tutorial")]]
            try await outsider.listening(wanted) { own in
                _ = try await seed.publish("7.0", library: "vault", [seed.section("/", "More treasure.")])
                _ = try await seed.publish("1.0", [seed.section("/tutorial", "Another edition.")])
                #expect(try await own.next()?["params"]?["uri"] == uri(edge, "/tutorial"))
            }
        }
    }

    @Test func `Streams end when changes may have been missed, and new ones hear of what comes`() async throws {
        try await withEdge { edge, seed in
            let wanted: JSONObject = ["resourceSubscriptions": [uri(edge, "/tutorial")]]
            try await Agent(edge: edge).listening(wanted) { own in
                let ended = try await edge.database.query(
                    """
                    select count(pg_terminate_backend(pid)) as n from pg_stat_activity
                    where datname = current_database() and query ilike 'listen %'
                    """
                ).single().decode("n", as: Int.self)
                #expect(ended == 1)
                #expect(try await own.next()?["result"]?["resultType"] == "complete")
                #expect(try await own.next() == nil)
            }
            try await Agent(edge: edge).listening(wanted) { own in
                _ = try await seed.publish("1.0", [seed.section("/tutorial", "Another edition.")])
                #expect(try await own.next()?["params"]?["uri"] == uri(edge, "/tutorial"))
            }
        }
    }

    @Test func `A key that was revoked ends the streams that were opened with it`() async throws {
        try await withEdge { edge, seed in
            let keys = PostgresAPIKeyStore(edge.database)
            let leaver = try await agent(edge, "leaver")
            try await leaver.listening(everything) { own in
                let key = try #require(try await keys.keys().first)
                _ = try await keys.revoke(prefix: key.prefix)
                hand.move(KeyRing.lifetime)
                _ = try await seed.publish("1.0", [seed.section("/tutorial", "Another edition.")])
                #expect(try await own.next()?["result"]?["resultType"] == "complete")
                #expect(try await own.next() == nil)
            }
        }
    }
}
