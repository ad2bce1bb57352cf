import Domain
import FoundationEssentials
import Postgres
import TestSupport
import Testing

@testable import Storage

@Suite struct `The buffer of the audit` {
    private let start = Date(timeIntervalSince1970: 1_800_000_000)

    private func record(
        _ subject: String = AuditRecord.stranger, client: String? = "203.0.113.7", event: String = "unauthenticated",
        after seconds: Double = 0
    ) -> AuditRecord {
        var record = AuditRecord(
            at: start + seconds, event: event, subject: subject, method: "GET", route: "/v1/search", status: 401, durationMilliseconds: 1,
            requestID: "r\(seconds)")
        record.client = client
        return record
    }

    private func rows(_ stores: Stores) async throws -> [String] {
        try await stores.client.query("select subject, client, event, repeats from portolan.audit order by id").map { row in
            let (subject, client) = (try row.decode("subject", as: String.self), try row.decode("client", as: String.self))
            return "\(subject) \(client) \(try row.decode("event", as: String.self)) \(try row.decode("repeats", as: Int64.self))"
        }
    }

    @Test func `Of what a stranger repeats within a minute, the first has a row, and one more says how many followed`() async throws {
        try await withStores { stores in
            let buffer = AuditBuffer(stores.client)
            for number in 0..<500 { buffer.append(record(after: Double(number) / 10)) }
            for number in 0..<3 { buffer.append(record("key-1", after: Double(number))) }
            buffer.append(record(event: "quota_exceeded"))
            // All of one network of IPv6 can be one caller's.
            for host in ["2001:db8::1", "2001:db8::2"] { buffer.append(record(client: host)) }
            await buffer.flush(at: start + 59)
            let first = try await rows(stores)
            #expect(
                first == [
                    "- 203.0.113.7 unauthenticated 1", "key-1 203.0.113.7 unauthenticated 1", "key-1 203.0.113.7 unauthenticated 1",
                    "key-1 203.0.113.7 unauthenticated 1", "- 203.0.113.7 quota_exceeded 1", "- 2001:db8::1 unauthenticated 1",
                ])
            await buffer.flush(at: start + 60)
            #expect(
                try await Set(rows(stores).dropFirst(first.count)) == [
                    "- 203.0.113.7 unauthenticated 499", "- 2001:db8::2 unauthenticated 1",
                ])
            buffer.append(record(after: 61))
            buffer.append(record(after: 62))
            await buffer.flush(at: start + 63, isLast: true)
            #expect(try await rows(stores).suffix(2) == ["- 203.0.113.7 unauthenticated 1", "- 203.0.113.7 unauthenticated 1"])
        }
    }

    @Test func `What was given up while it was written is written once`() async throws {
        try await withStores { stores in
            let buffer = AuditBuffer(stores.client)
            for number in 0..<3 { buffer.append(record("key-1", after: Double(number))) }
            try await stores.client.withTransaction { connection in
                _ = try await connection.query("lock table portolan.audit in access exclusive mode")
                let flush = Task { await buffer.flush(at: start) }
                try await eventually { try await stores.isWaiting(for: "insert into portolan.audit") }
                flush.cancel()
                await flush.value
            }
            await buffer.flush(at: start)
            #expect(try await rows(stores).count == 3)
            #expect(buffer.counts == (written: 3, lost: 0))
        }
    }

    private func client(_ number: Int) -> String { "198.51.\(number / 250).\(number % 250)" }

    @Test func `Beyond a thousand kinds addresses are not told apart`() async throws {
        try await withStores { stores in
            let buffer = AuditBuffer(stores.client)
            for number in 0..<20_000 { buffer.append(record(client: client(number), after: Double(number) / 1000)) }
            await buffer.flush(at: start + 100)
            let rest = try await stores.client.query(
                "select count(*) as n, sum(repeats)::bigint as calls from portolan.audit where client = ''")
            let row = try rest.single()
            #expect(try row.decode("n", as: Int.self) == 2)
            #expect(try row.decode("calls", as: Int64.self) == 19_000)
        }
    }

    @Test func `However many strangers there are, known callers have room`() async throws {
        try await withStores { stores in
            let buffer = AuditBuffer(stores.client)
            for minute in 0..<4 {
                for number in 0..<AuditBuffer.kinds {
                    for second in 0..<2 { buffer.append(record(client: client(number), after: Double(61 * minute + second))) }
                }
            }
            #expect(buffer.counts.lost > 0)
            let room = AuditBuffer.capacity - AuditBuffer.strangersCapacity
            let lost = buffer.counts.lost
            for _ in 0..<room { buffer.append(record("token", event: "ok")) }
            #expect(buffer.counts.lost == lost)
            await buffer.flush(at: start)
            let found = try await stores.client.query("select count(*) as n from portolan.audit where subject = 'token'")
            #expect(try found.single().decode("n", as: Int.self) == room)
        }
    }
}
