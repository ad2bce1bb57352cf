package import Domain
package import Postgres

/// Kept replies in Postgres, so that any replica answers.
package struct PostgresIdempotencyStore: IdempotencyStore {
    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func take(_ key: IdempotencyKey, digest: [UInt8]) async throws -> IdempotencyDecision {
        try await withFaults {
            // One statement decides, however many replicas ask at once. A row without a reply belongs to a request that is being done, or to a
            // process that died: after a minute it is taken over, and after a day nobody remembers.
            let rows = try await client.query(
                """
                insert into portolan.kept_reply as k (subject, operation, key, digest)
                values (\(key.subject), \(key.operation), \(key.key), \(digest))
                on conflict (subject, operation, key) do update
                  set digest = excluded.digest, status = null, location = null, body = null, created_at = now()
                  where k.created_at < now() - interval '24 hours'
                    or (k.status is null and k.created_at < now() - interval '1 minute' and k.digest = excluded.digest)
                returning 1
                """)
            if !rows.isEmpty { return .proceed }
            let kept = try await client.query(
                """
                select digest, status, location, body from portolan.kept_reply
                where subject = \(key.subject) and operation = \(key.operation) and key = \(key.key)
                """)
            // Gone meanwhile: whoever had it has given it back.
            guard let row = kept.first else { return .running }
            guard try row.decode("digest", as: [UInt8].self) == digest else { return .mismatch }
            guard let status = try row.decode("status", as: Int32?.self) else { return .running }
            return .replay(
                KeptReply(
                    status: Int(status), location: try row.decode("location", as: String?.self),
                    body: try row.decode("body", as: [UInt8].self)))
        }
    }

    package func keep(_ key: IdempotencyKey, reply: KeptReply) async throws {
        try await withFaults {
            _ = try await client.query(
                """
                update portolan.kept_reply set status = \(Int32(reply.status)), location = \(reply.location), body = \(reply.body)
                where subject = \(key.subject) and operation = \(key.operation) and key = \(key.key)
                """)
        }
    }

    package func release(_ key: IdempotencyKey) async throws {
        try await withFaults {
            _ = try await client.query(
                """
                delete from portolan.kept_reply
                where subject = \(key.subject) and operation = \(key.operation) and key = \(key.key) and status is null
                """)
        }
    }
}
