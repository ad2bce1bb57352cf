import EmbeddedServices
import Postgres
import Primitives
import ResourcePool
import TestSupport
import Testing

@Suite struct `Faults` {
    @Test func `Killed backends are replaced`() async throws {
        try await withClient { client in
            for _ in 0..<5 {
                try await client.query("SELECT 1")
                try await client.withConnection { _ = try await $0.query("SELECT 1") }
                _ = try? await client.query(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() ORDER BY pid = pg_backend_pid()"
                )
                let sum = try await retrying { try await client.query("SELECT 1 + 1").single().decode(0, as: Int.self) }
                #expect(sum == 2)
                let leased = try await retrying { try await client.withConnection { try await $0.query("SELECT 3").count } }
                #expect(leased == 1)
            }
        }
    }

    @Test func `A transaction whose backend is killed fails retryably and is gone`() async throws {
        try await withClient { client in
            try await client.query("CREATE TABLE page (a int)")
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { connection in
                    try await connection.query("INSERT INTO page VALUES (1)")
                    let process = try await connection.backendProcess()
                    try await client.query("SELECT pg_terminate_backend(\(Int32(process)))")
                    try await connection.query("INSERT INTO page VALUES (2)")
                }
            }
            #expect(error?.isRetryable == true)
            let rows = try await client.query("SELECT * FROM page")
            #expect(rows.isEmpty)
        }
    }

    @Test func `A killed server fails calls quickly, and its return is noticed`() async throws {
        try await TestDatabase.withServer { server in
            try await withClient(url: server.databaseURL()) { client in
                try await client.waitUntilReady(deadline: .after(.seconds(30)))
                try await client.withConnection { _ = try await $0.query("SELECT 1") }
                let listener = try await client.notifications(channel: "a")
                let stuck = Task { try await client.withConnection { try await $0.query("SELECT pg_sleep(60) /* stuck */") } }
                try await client.waitForRunning("stuck")
                await server.kill()
                let error = await #expect(throws: PostgresError.self) { try await stuck.value }
                #expect(error?.isRetryable == true)
                await #expect(throws: PostgresError.self) { for try await _ in listener {} }
                for _ in 0..<20 {
                    let failure = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
                    #expect(failure?.isRetryable == true)
                    let lease = await #expect(throws: PostgresError.self) { try await client.withConnection { _ in } }
                    #expect(lease?.isRetryable == true)
                }
                try await server.restart()
                try await client.waitUntilReady(deadline: .after(.seconds(30)))
                let count = try await retrying { try await client.withConnection { try await $0.query("SELECT 1").count } }
                #expect(count == 1)
                #expect(client.metrics.connectionFailuresTotal > 0)
                #expect(client.metrics.pool.leased == 0)
            }
        }
    }

    @Test func `A server that falls silent is given up, and one that speaks again is used`() async throws {
        try await TestDatabase.withServer { server in
            let socket = "\(server.socketDirectory)/.s.PGSQL.\(server.port)"
            try await StallingProxy.with(socket: socket) { proxy in
                let user = PrivatePostgres.userName
                try await withClient(
                    url: "postgres://\(user)@localhost:\(proxy.port)/portolan?sslmode=disable&hostaddr=127.0.0.1",
                    {
                        $0.laneCount = 1
                        $0.stallTimeout = .seconds(2)
                        $0.cancelGrace = .seconds(1)
                        $0.connectTimeout = .seconds(2)
                    }
                ) { client in
                    try await client.waitUntilReady(deadline: .after(.seconds(30)))
                    try await client.withConnection { _ = try await $0.query("SELECT 1") }
                    proxy.stall(true)
                    let lane = await #expect(throws: PostgresError.self) {
                        try await client.query("SELECT 1", deadline: .after(.seconds(20)))
                    }
                    #expect(lane?.code == .connection)
                    let lease = await #expect(throws: PostgresError.self) {
                        try await client.withConnection(deadline: .after(.seconds(1))) { try await $0.query("SELECT 1") }
                    }
                    #expect(lease?.isRetryable == true)
                    // The handshake stalls too.
                    let connecting = await #expect(throws: PostgresError.self) {
                        try await client.query("SELECT 1", deadline: .after(.seconds(20)))
                    }
                    #expect(connecting?.isRetryable == true)
                    proxy.stall(false)
                    let count = try await retrying { try await client.query("SELECT 1").count }
                    #expect(count == 1)
                }
            }
        }
    }

    @Test(arguments: [true, false])
    func `A server that does not answer a request to listen is given up, by its deadline and by its caller`(isCancelled: Bool) async throws
    {
        try await TestDatabase.withServer { server in
            let socket = "\(server.socketDirectory)/.s.PGSQL.\(server.port)"
            try await StallingProxy.with(socket: socket) { proxy in
                let user = PrivatePostgres.userName
                try await withClient(url: "postgres://\(user)@localhost:\(proxy.port)/portolan?sslmode=disable&hostaddr=127.0.0.1") {
                    client in
                    try await client.waitUntilReady(deadline: .after(.seconds(30)))
                    proxy.stall(at: "LISTEN")
                    let listening = Task {
                        try await client.notifications(channel: "nothing", deadline: .after(isCancelled ? .seconds(3600) : .seconds(1)))
                    }
                    if isCancelled {
                        try await eventually { proxy.isStalled }
                        listening.cancel()
                    }
                    let failure = await #expect(throws: PostgresError.self) { _ = try await listening.value }
                    #expect(failure?.code == (isCancelled ? .cancelled : .timeout))
                }
            }
        }
    }

    @Test func `Names are resolved and dead addresses skipped`() async throws {
        try await TestDatabase.withServer { server in
            let socket = "\(server.socketDirectory)/.s.PGSQL.\(server.port)"
            try await StallingProxy.with(socket: socket) { proxy in
                // `localhost` may also be ::1, where nobody listens.
                try await withClient(url: "postgres://\(PrivatePostgres.userName)@localhost:\(proxy.port)/portolan?sslmode=disable") {
                    client in
                    let count = try await client.query("SELECT 1").count
                    #expect(count == 1)
                }
            }
        }
    }

    @Test(arguments: [
        "postgres://nobody@127.0.0.1:1/none", "postgres://nobody@host.invalid/none", "postgres:///none?host=/nonexistent",
    ])
    func `A server that is not there is a quick retryable error`(url: String) async throws {
        try await withClient(url: url) { client in
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
            #expect(error?.code == .connection)
            #expect(error?.isRetryable == true)
            #expect(error?.description.contains("nobody") == false)
            let waiting = await #expect(throws: PostgresError.self) {
                try await client.waitUntilReady(deadline: .after(.milliseconds(200)))
            }
            #expect(waiting?.isRetryable == true)
        }
    }

    @Test(arguments: ["postgres://%zz", "postgres://u:secret@[::1/db", "nonsense", "host"])
    func `A wrong URL is refused without being quoted`(url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.code == .configuration)
        #expect(error.map { String(reflecting: $0).contains("secret") } == false)
    }
}
