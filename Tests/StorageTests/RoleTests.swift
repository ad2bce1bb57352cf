import Digests
import Domain
import EmbeddedServices
import Logging
import Postgres
import Storage
import TestSupport
import Testing

/// The roles, on a server of their own: they belong to all its databases.
@Suite struct `Roles of the database` {
    /// A migrated server and clients for its users.
    private struct Server {
        let postgres: PrivatePostgres

        func withClient<Result>(_ user: String, _ body: (PostgresClient) async throws -> Result) async throws -> Result {
            let url = postgres.databaseURL().replacing("//portolan@", with: "//\(user)@")
            let client = try PostgresClient(configuration: PostgresConfiguration(url: url), logger: Logger(label: "test"))
            defer { client.close() }
            return try await body(client)
        }

        /// Migrates as `user` and sets the roles up.
        func migrate(_ user: String) async throws -> DatabaseRoles.Outcome {
            try await withClient(user) { client in
                try await MigrationRunner(client: client, migrations: Schema.migrations).run()
                return try await DatabaseRoles.arrange(client: client)
            }
        }

        /// The SQLSTATE with which the server refuses `sql` to `user`; nil when it is allowed.
        func refusal(_ user: String, _ sql: SQL) async throws -> String? {
            try await withClient(user) { client -> String? in
                do {
                    try await client.query(sql)
                    return nil
                } catch let error as PostgresError { return error.sqlState }
            }
        }
    }

    private func withServer(_ sql: String..., body: (Server) async throws -> Void) async throws {
        try await TestDatabase.withServer { postgres in
            for sql in sql { try await postgres.administer(sql, database: "portolan") }
            try await body(Server(postgres: postgres))
        }
    }

    private func withUsers(_ body: (Server) async throws -> Void) async throws {
        try await withServer { server in
            #expect(try await server.migrate("portolan") == .arranged)
            for role in ["owner", "service", "reader"] {
                try await server.postgres.administer("CREATE USER a_\(role) IN ROLE portolan_\(role)")
            }
            try await body(server)
        }
    }

    @Test func `are set up as often as one likes, by several at once, with the same result`() async throws {
        try await withServer { server in
            let outcomes = try await withThrowingTaskGroup(of: DatabaseRoles.Outcome.self) { group in
                for _ in 0..<3 { group.addTask { try await server.migrate("portolan") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(outcomes == [.arranged, .arranged, .arranged])
            let dump = """
                SELECT relname, relowner::regrole, relacl FROM pg_class WHERE relnamespace = 'portolan'::regnamespace ORDER BY relname, oid;
                SELECT proname, proowner::regrole, proacl FROM pg_proc WHERE pronamespace = 'portolan'::regnamespace ORDER BY proname;
                SELECT nspacl, nspowner::regrole FROM pg_namespace WHERE nspname = 'portolan'; SELECT defaclacl FROM pg_default_acl ORDER BY oid
                """
            let before = try await server.postgres.administer(dump, database: "portolan")
            #expect(before.contains("portolan_owner"))
            #expect(try await server.migrate("portolan") == .arranged)
            #expect(try await server.postgres.administer(dump, database: "portolan") == before)
        }
    }

    @Test func `forbid the service to change the schema, and the reader to write or to read more than a search`() async throws {
        try await withUsers { server in
            for sql in [
                "CREATE TABLE portolan.x (a int)", "DROP TABLE portolan.job", "ALTER TABLE portolan.job ADD COLUMN x int",
                "TRUNCATE portolan.job", "DELETE FROM portolan.schema_migration", "CREATE SCHEMA x",
            ] {
                let refusal = try await server.refusal("a_service", SQL(script: sql))
                #expect(refusal == "42501", "\(sql)")
            }
            for sql in [
                "CREATE TABLE portolan.x (a int)", "INSERT INTO portolan.library (id, name) VALUES (gen_random_uuid(), 'x')",
                "DELETE FROM portolan.chunk", "UPDATE portolan.section SET content = ''", "SELECT * FROM portolan.job",
                "SELECT * FROM portolan.crawl_outcome", "SELECT * FROM portolan.api_key",
                "SELECT portolan.ensure_profile('m', '1', 4, 256)",
            ] {
                let refusal = try await server.refusal("a_reader", SQL(script: sql))
                #expect(refusal == "42501", "\(sql)")
            }
        }
    }

    @Test func `let the service do its work and the reader search`() async throws {
        try await withUsers { server in
            let texts = ["alpha beta", "gamma delta"]
            try await server.withClient("a_service") { client in
                let stores = Stores(client)
                try await stores.publish(texts.enumerated().map { .of("/page-\($0.offset)", $0.element) }, profile: .small)
                let (_, lease) = try await stores.leased("lease")
                // Makes a partition, which the owner's function does for the service.
                try await stores.ingestion.saveVectors(
                    lease, profile: .small, texts.enumerated().map { (SHA256.hash($0.element), vector($0.offset)) })
                let pending = try await MigrationRunner(client: client, migrations: Schema.migrations).pending()
                #expect(pending.isEmpty)
            }
            // The service's searches run with the reader's rights: what the reader may not read stops them.
            try await server.postgres.administer("REVOKE SELECT ON portolan.chunk FROM portolan_reader", database: "portolan")
            try await server.withClient("a_service") { client in
                let store = PostgresSearchStore(client)
                func search(_ text: String) async throws -> Int {
                    try await store.candidates(terms: terms(text), vector: nil, profile: nil, scope: SearchScope(), limit: 10).lexical.count
                }
                let fault = await #expect(throws: Fault.self) { try await search("alpha") }
                #expect(fault?.code == "E_DATABASE")
                try await server.postgres.administer("GRANT SELECT ON portolan.chunk TO portolan_reader", database: "portolan")
                #expect(try await search("alpha") == 1)
                // It is back to its own rights afterwards.
                #expect(try await client.query("select current_user::text as name").single().decode("name", as: String.self) == "a_service")
            }
            try await server.withClient("a_reader") { client in
                let search = PostgresSearchStore(client)
                let found = try await search.candidates(
                    terms: terms("alpha"), vector: vector(1), profile: .small, scope: SearchScope(), limit: 10)
                #expect(found.lexical.count == 1)
                #expect(found.vector.count == 2)
                let passages = try await search.passages(found.lexical.map(\.chunk), access: .all)
                #expect(passages.map(\.text) == ["alpha beta"])
                #expect(try await search.cursorKey().count == 32)
            }
        }
    }

    @Test func `are left to an administrator by a user who may not create roles`() async throws {
        try await withServer("CREATE EXTENSION vector", "CREATE USER plain", "GRANT CREATE ON DATABASE portolan TO plain") { server in
            guard case .notAllowed(let line) = try await server.migrate("plain") else {
                Issue.record("A plain user made roles.")
                return
            }
            #expect(!line.contains("\n"))
            let start = try #require(line.firstRange(of: "CREATE ROLE")).lowerBound
            let end = try #require(line.firstRange(of: " and then")).lowerBound
            for statement in line[start..<end].split(separator: ";") where !statement.allSatisfy(\.isWhitespace) {
                try await server.postgres.administer(String(statement))
            }
            #expect(try await server.migrate("plain") == .arranged)
            try await server.postgres.administer("CREATE USER a_service IN ROLE portolan_service")
            #expect(try await server.refusal("a_service", "DROP TABLE portolan.job") == "42501")
            #expect(try await server.refusal("a_service", "UPDATE portolan.job SET attempt = 1") == nil)
        }
    }

    @Test func `are set up by a user with CREATEROLE who is no superuser, and by the next owner`() async throws {
        try await withServer(
            "CREATE EXTENSION vector", "CREATE USER chief CREATEROLE", "ALTER DATABASE portolan OWNER TO chief"
        ) { server in
            #expect(try await server.migrate("chief") == .arranged)
            try await server.postgres.administer("CREATE USER a_owner IN ROLE portolan_owner")
            #expect(try await server.migrate("a_owner") == .arranged)
            #expect(try await server.refusal("a_owner", "ALTER TABLE portolan.job ADD COLUMN x int") == nil)
        }
    }
}
