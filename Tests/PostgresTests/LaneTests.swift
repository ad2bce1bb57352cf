import Postgres
import Primitives
import TestSupport
import Testing

@Suite struct `Pipelined lane` {
    @Test func `Many statements at once keep their answers apart`() async throws {
        try await withClient { client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<500 {
                    group.addTask { try await client.query("SELECT \(number)").single().decode(0, as: Int.self) == number }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(client.metrics.connectedLanes == 2)
            #expect(client.metrics.statementsTotal == 500)
            #expect(client.metrics.failuresTotal == 0)
        }
    }

    @Test func `A failing statement leaves its neighbors alone`() async throws {
        try await withClient({ $0.laneCount = 1 }) { client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<200 {
                    group.addTask {
                        do {
                            let row = try await client.query("SELECT 100 / \(number % 4)").single()
                            return try row.decode(0, as: Int.self) == 100 / (number % 4)
                        } catch let error as PostgresError {
                            return number % 4 == 0 && error.sqlState == "22012" && error.code == .server && !error.isRetryable
                        }
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
        }
    }

    @Test func `A statement that cannot be prepared fails each time and harms nobody`() async throws {
        try await withClient({ $0.laneCount = 1 }) { client in
            for _ in 0..<3 {
                async let good = client.query("SELECT 5")
                let error = await #expect(throws: PostgresError.self) { try await client.query("SELEKT 1") }
                #expect(error?.sqlState == "42601")
                #expect(error?.debugDescription.contains("SELEKT") == true)
                #expect(error?.description.contains("SELEKT") == false)
                let count = try await good.count
                #expect(count == 1)
            }
        }
    }

    @Test func `A violated constraint is named`() async throws {
        try await withClient { client in
            _ = try await client.query("CREATE TABLE page (url text CONSTRAINT page_url_unique UNIQUE)")
            _ = try await client.query("INSERT INTO page VALUES (\("a"))")
            let error = await #expect(throws: PostgresError.self) { try await client.query("INSERT INTO page VALUES (\("a"))") }
            #expect(error?.constraint == "page_url_unique")
            #expect(error?.isUniqueViolation == true)
        }
    }

    @Test func `The deadline frees the caller`() async throws {
        try await withClient({ $0.laneCount = 1 }) { client in
            let error = await #expect(throws: PostgresError.self) {
                try await client.query("SELECT pg_sleep(2)", deadline: .after(.milliseconds(50)))
            }
            #expect(error?.code == .timeout)
            #expect(error?.isRetryable == true)
            // Waits behind the sleeper, on the same connection.
            let count = try await client.query("SELECT 1").count
            #expect(count == 1)
            #expect(client.metrics.connectionAttemptsTotal == 1)
        }
    }

    @Test func `Cancellation frees the caller`() async throws {
        try await withClient({ $0.laneCount = 1 }) { client in
            try await client.whileBlocked {
                let blocked = Task { try await client.query("SELECT pg_advisory_xact_lock(1)") }
                try await eventually { client.metrics.laneStatements > 0 }
                blocked.cancel()
                let error = await #expect(throws: PostgresError.self) { try await blocked.value }
                #expect(error?.code == .cancelled)
            }
            let count = try await client.query("SELECT 1").count
            #expect(count == 1)
        }
    }

    @Test func `More statements than may wait are refused`() async throws {
        try await withClient({
            $0.laneCount = 1
            $0.maximumWaiters = 3
        }) { client in
            try await client.query("SELECT 1")
            try await client.whileBlocked {
                let blocked = (0..<3).map { _ in Task { try await client.query("SELECT pg_advisory_xact_lock(1)") } }
                try await eventually { client.metrics.laneStatements == 3 }
                let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
                #expect(error?.code == .poolExhausted)
                for task in blocked { task.cancel() }
            }
        }
    }

    @Test func `A changed table makes prepared statements prepare anew`() async throws {
        try await withClient({ $0.laneCount = 1 }) { client in
            _ = try await client.query("CREATE TABLE page (a int)")
            #expect(try await client.query("SELECT * FROM page").columnNames == ["a"])
            #expect(try await client.query("SELECT * FROM page").columnNames == ["a"])
            _ = try await client.query("ALTER TABLE page ADD COLUMN b int")
            #expect(try await client.query("SELECT * FROM page").columnNames == ["a", "b"])
        }
    }

    @Test func `Statements beyond the cache are forgotten on the server too`() async throws {
        try await withClient({
            $0.laneCount = 1
            $0.preparedStatementLimit = 4
        }) { client in
            for number in 0..<20 { _ = try await client.query(SQL(script: "SELECT \(number) AS a\(number)")) }
            let kept = try await client.query("SELECT count(*) FROM pg_prepared_statements").single().decode(0, as: Int.self)
            #expect(kept <= 5)
        }
    }

    @Test func `A transaction left open on a lane ends the connection, not the client`() async throws {
        try await withClient({ $0.laneCount = 1 }) { client in
            _ = try await client.query("BEGIN")
            #expect(try await retrying { try await client.query("SELECT 1").count } == 1)
            // The server notices the closed connection in its own time.
            try await eventually {
                try await client.query(
                    "SELECT 1 FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
                ).isEmpty
            }
        }
    }

    @Test func `A closed client refuses work`() async throws {
        try await withClient { client in
            _ = try await client.query("SELECT 1")
            client.close()
            let error = await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
            #expect(error?.code == .closed)
            let lease = await #expect(throws: PostgresError.self) { try await client.withConnection { _ in } }
            #expect(lease?.code == .closed)
        }
    }

    @Test func `Running ends with its task and finishes what is under way`() async throws {
        try await withClient { client in
            let service = Task { try await client.run() }
            let slow = try await client.whileBlocked {
                let slow = Task { try await client.query("SELECT 7 FROM pg_advisory_xact_lock(1)") }
                try await eventually { client.metrics.laneStatements > 0 && client.metrics.connectedLanes > 0 }
                service.cancel()
                try await service.value
                return slow
            }
            #expect(try await slow.value.single().decode(0, as: Int.self) == 7)
            await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        }
    }
}
