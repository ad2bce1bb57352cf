import Postgres
import Primitives
import ResourcePool
import TestSupport
import Testing

@Suite struct `Leased connections` {
    @Test func `A transaction commits what it returns from and rolls back what it throws from`() async throws {
        struct Refusal: Error {}
        try await withClient { client in
            _ = try await client.query("CREATE TABLE page (a int)")
            let written = try await client.withTransaction(isolation: .serializable, deadline: .after(.seconds(20))) { connection in
                try await connection.query("INSERT INTO page VALUES (\(1)), (\(2))").affectedRows
            }
            #expect(written == 2)
            await #expect(throws: Refusal.self) {
                try await client.withTransaction { connection in
                    _ = try await connection.query("INSERT INTO page VALUES (3)")
                    throw Refusal()
                }
            }
            #expect(try await client.query("SELECT * FROM page").count == 2)
            #expect(client.metrics.pool.idle == 1)
        }
    }

    @Test func `A transaction that swallowed a failure does not pretend to commit`() async throws {
        try await withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { connection in _ = try? await connection.query("SELECT 1/0") }
            }
            #expect(error?.sqlState == "25P02")
            #expect(client.metrics.pool.idle == 1)
        }
    }

    @Test func `A read-only transaction refuses writes`() async throws {
        try await withClient { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(isReadOnly: true) { try await $0.query("CREATE TABLE page (a int)") }
            }
            #expect(error?.sqlState == "25006")
        }
    }

    @Test func `Cancellation ends the running statement only and leaves the connection clean`() async throws {
        try await withClient({ $0.maximumLeases = 1 }) { client in
            let before = try await client.withConnection { try await $0.backendProcess() }
            for _ in 0..<5 {
                let sleeper = Task { try await client.withConnection { try await $0.query("SELECT pg_sleep(60) /* cancel me */") } }
                try await client.waitForRunning("cancel me")
                sleeper.cancel()
                let error = await #expect(throws: PostgresError.self) { try await sleeper.value }
                #expect(error?.code == .cancelled)
                let after = try await client.withConnection { try await $0.backendProcess() }
                #expect(after == before)
            }
        }
    }

    @Test func `A transaction that is cancelled is rolled back`() async throws {
        try await withClient({ $0.maximumLeases = 1 }) { client in
            _ = try await client.query("CREATE TABLE page (a int)")
            let work = Task {
                try await client.withTransaction { connection in
                    _ = try await connection.query("INSERT INTO page VALUES (1)")
                    _ = try await connection.query("SELECT pg_sleep(60) /* in transaction */")
                }
            }
            try await client.waitForRunning("in transaction")
            work.cancel()
            await #expect(throws: PostgresError.self) { try await work.value }
            #expect(try await client.query("SELECT * FROM page").isEmpty)
            #expect(client.metrics.pool.idle == 1)
            #expect(client.metrics.connectionAttemptsTotal <= 3)
        }
    }

    @Test func `The deadline cancels the statement on the server`() async throws {
        try await withClient({ $0.maximumLeases = 1 }) { client in
            try await client.withConnection { connection in
                let process = try await connection.backendProcess()
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.query("SELECT pg_sleep(60)", deadline: .after(.milliseconds(50)))
                }
                #expect(error?.code == .timeout)
                #expect(try await connection.backendProcess() == process)
            }
        }
    }

    @Test func `Cancels that race with the end of statements never hit the next one`() async throws {
        try await withClient({ $0.maximumLeases = 1 }) { client in
            for round in 0..<100 {
                let work = Task { try await client.withConnection { try await $0.query("SELECT pg_sleep(0.001)") } }
                if round % 2 == 0 { await Task.yield() } else { _ = try await client.query("SELECT 1") }
                work.cancel()
                _ = try? await work.value
                let number = try await client.withConnection { try await $0.query("SELECT \(round)").single().decode(0, as: Int.self) }
                #expect(number == round)
            }
        }
    }

    @Test func `Callers wait in line for a lease and give up at their deadline`() async throws {
        try await withClient({ $0.maximumLeases = 1 }) { client in
            try await client.withConnection { _ in
                let error = await #expect(throws: PostgresError.self) {
                    try await client.withConnection(deadline: .after(.milliseconds(30))) { _ in }
                }
                #expect(error?.code == .timeout)
                let waiter = Task { try await client.withConnection { _ in } }
                try await eventually { client.metrics.pool.waiters == 1 }
                waiter.cancel()
                let cancelled = await #expect(throws: PostgresError.self) { try await waiter.value }
                #expect(cancelled?.code == .cancelled)
            }
            #expect(client.metrics.pool.totalWaitSeconds > 0)
        }
    }

    @Test func `More callers than may wait are refused`() async throws {
        try await withClient({
            $0.maximumLeases = 1
            $0.maximumWaiters = 1
        }) { client in
            try await client.withConnection { _ in
                let waiter = Task { try await client.withConnection { _ in } }
                try await eventually { client.metrics.pool.waiters == 1 }
                let error = await #expect(throws: PostgresError.self) { try await client.withConnection { _ in } }
                #expect(error?.code == .poolExhausted)
                waiter.cancel()
                _ = try? await waiter.value
            }
        }
    }

    @Test func `A connection is of no use after its lease`() async throws {
        try await withClient { client in
            let kept = try await client.withConnection { $0 }
            let error = await #expect(throws: PostgresError.self) { try await kept.query("SELECT 1") }
            #expect(error?.code == .closed)
        }
    }

    @Test func `A transaction that is left open by hand is rolled back`() async throws {
        try await withClient({ $0.maximumLeases = 1 }) { client in
            try await client.withConnection { _ = try await $0.query("BEGIN") }
            let status = try await client.withConnection { connection in
                try await connection.query("CREATE TEMPORARY TABLE t (a int)")
                return try await client.query(
                    "SELECT state FROM pg_stat_activity WHERE state LIKE 'idle in%' AND datname = current_database()"
                ).count
            }
            #expect(status == 0)
        }
    }

    @Test func `Serialization failures can be retried`() async throws {
        try await withClient { client in
            _ = try await client.query("CREATE TABLE page (a int)")
            _ = try await client.query("INSERT INTO page VALUES (1)")
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction(isolation: .repeatableRead) { connection in
                    _ = try await connection.query("SELECT * FROM page")
                    _ = try await client.query("UPDATE page SET a = 2")
                    _ = try await connection.query("UPDATE page SET a = 3")
                }
            }
            #expect(error?.sqlState == "40001")
            #expect(error?.isRetryable == true)
        }
    }

    @Test func `Copy writes values of all kinds into columns of all kinds`() async throws {
        try await withClient { client in
            try await client.withConnection { connection in
                _ = try await connection.query(
                    "CREATE TABLE page (id int, title text, body bytea, tags text[], data jsonb, size float8, isLive bool)")
                let count = try await connection.copyIn(
                    table: "page", columns: ["id", "title", "body", "tags", "data", "size", "islive"],
                    rows: (0..<20_000).map { number -> [any PostgresEncodable] in
                        [
                            number, number == 7 ? String?.none : "tab\t line\n back\\ \(number)", [UInt8(0), 255, 9], ["a,\"b\"", "\\"],
                            PostgresJSON(#"{"a": "\n"}"#), 0.5, number % 2 == 0,
                        ]
                    })
                #expect(count == 20_000)
                let row = try await connection.query("SELECT title, body, tags, data ->> 'a', size, islive FROM page WHERE id = \(8)")
                    .single()
                #expect(try row.decode(0, as: String.self) == "tab\t line\n back\\ 8")
                #expect(try row.decode(1, as: [UInt8].self) == [0, 255, 9])
                #expect(try row.decode(2, as: [String].self) == ["a,\"b\"", "\\"])
                #expect(try row.decode(3, as: String.self) == "\n")
                #expect(try row.decode(4, as: Double.self) == 0.5)
                #expect(try row.decode(5, as: Bool.self))
                #expect(try await connection.query("SELECT 1 FROM page WHERE title IS NULL").count == 1)
            }
        }
    }

    @Test func `Copies go on whenever the socket drains`() async throws {
        try await withClient { client in
            try await client.withConnection { connection in
                _ = try await connection.query("CREATE TABLE page (body text)")
                let row: [any PostgresEncodable] = [String(repeating: "x", count: 1 << 18)]
                for _ in 0..<24 {
                    let count = try await connection.copyIn(
                        table: "page", columns: ["body"], rows: [row, row, row, row], deadline: .after(.seconds(30)))
                    #expect(count == 4)
                }
            }
        }
    }

    @Test func `A failing copy writes nothing and leaves the connection usable`() async throws {
        try await withClient({ $0.maximumLeases = 1 }) { client in
            try await client.withConnection { connection in
                _ = try await connection.query("CREATE TABLE page (id int)")
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.copyIn(table: "page", columns: ["id"], rows: [[1], ["x"]])
                }
                #expect(error?.sqlState == "22P02")
                let missing = await #expect(throws: PostgresError.self) {
                    try await connection.copyIn(table: "nothing", columns: ["id"], rows: [[1]])
                }
                #expect(missing?.sqlState == "42P01")
                await #expect(throws: PostgresError.self) { try await connection.copyIn(table: "page", columns: ["id"], rows: [[1, 2]]) }
                #expect(try await connection.query("SELECT * FROM page").isEmpty)
            }
        }
    }

    @Test func `Scripts run several statements and report the first failure`() async throws {
        try await withClient { client in
            try await client.withConnection { connection in
                let rows = try await connection.execute(script: "CREATE TABLE a (x int); INSERT INTO a VALUES (4); SELECT x FROM a")
                #expect(try rows.single().decode(0, as: Int.self) == 4)
                let error = await #expect(throws: PostgresError.self) {
                    try await connection.execute(script: "INSERT INTO a VALUES (5); SELECT 1/0; SELECT 2")
                }
                #expect(error?.sqlState == "22012")
                #expect(try await connection.query("SELECT * FROM a").count == 1)
            }
        }
    }

    @Test func `Notifications arrive in order`() async throws {
        try await withClient { client in
            let channel = "page changed"
            let notifications = try await client.notifications(channel: channel)
            for number in 0..<100 { _ = try await client.query("SELECT pg_notify(\(channel), \("\(number)"))") }
            var payloads: [String] = []
            for try await notification in notifications {
                #expect(notification.channel == channel)
                payloads.append(notification.payload)
                if payloads.count == 100 { break }
            }
            #expect(payloads == (0..<100).map(String.init))
        }
    }

    @Test func `A broken connection ends the notifications with an error`() async throws {
        try await withClient { client in
            let notifications = try await client.notifications(channel: "a")
            _ = try await client.query(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%' AND datname = current_database()")
            await #expect(throws: PostgresError.self) { for try await _ in notifications {} }
        }
    }

    @Test func `The server ends a transaction that waits too long for its next statement, and the pool goes on`() async throws {
        try await withClient({ ($0.maximumLeases, $0.idleInTransactionTimeout) = (1, .milliseconds(200)) }) { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.withTransaction { connection in
                    let process = try await connection.backendProcess()
                    try await eventually {
                        try await client.query("SELECT FROM pg_stat_activity WHERE pid = \(process)").isEmpty
                    }
                    try await connection.query("SELECT 1")
                }
            }
            #expect(error?.code == .connection || error?.sqlState == "25P03")
            let rows = try await client.withConnection { try await $0.query("SELECT 1") }
            #expect(rows.count == 1)
        }
    }

    @Test func `Outside a transaction a connection may wait as long as it likes`() async throws {
        try await withClient { client in
            let setting = try await client.withConnection {
                try await $0.query("SHOW idle_in_transaction_session_timeout").single().decode(0, as: String.self)
            }
            #expect(setting == "2min")
            #expect(try await client.query("SHOW idle_in_transaction_session_timeout").single().decode(0, as: String.self) == "0")
        }
    }
}

@Suite struct `Latencies` {
    @Test func `A percentile is the bound within which so many ended`() {
        var counts = LatencyCounts()
        #expect(counts.bound(ofShare: 0.95) == nil)
        for _ in 0..<95 { counts.record(.milliseconds(3)) }
        for _ in 0..<4 { counts.record(.milliseconds(200)) }
        #expect(counts.bound(ofShare: 0.95) == .milliseconds(5))
        let earlier = counts
        for _ in 0..<2 { counts.record(.seconds(60)) }
        #expect(counts.total == 101)
        #expect(counts.bound(ofShare: 0.95) == .milliseconds(200))
        #expect(counts.since(earlier).total == 2)
        #expect(counts.since(earlier).bound(ofShare: 0.95) == .milliseconds(10_000))
    }

    @Test func `The client counts its short statements, those that fail on the server included`() async throws {
        try await withClient { client in
            let before = client.metrics.laneLatency
            _ = try await client.query("SELECT pg_sleep(0.03)")
            await #expect(throws: PostgresError.self) { try await client.query("SELECT 1/0") }
            let counts = client.metrics.laneLatency.since(before)
            #expect(counts.total == 2)
            #expect(try #require(counts.bound(ofShare: 1)) >= .milliseconds(50))
        }
    }
}
