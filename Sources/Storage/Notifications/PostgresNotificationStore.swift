package import Domain
import FoundationEssentials
package import Postgres
import Primitives

/// Notices about failed jobs, in the table that a trigger fills.
package struct PostgresNotificationStore: NotificationStore {
    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    package func claimNotices(limit: Int, term: Duration) async throws -> [FailureNotice] {
        try await withFaults {
            let rows = try await client.query(
                """
                with due as (
                  select job_id from portolan.notification
                  where sent_at is null and given_up_at is null and next_attempt_at <= now() and created_at > now() - interval '1 day'
                  order by next_attempt_at limit \(limit) for update skip locked),
                lent as (
                  update portolan.notification n set attempts = n.attempts + 1, next_attempt_at = now() + make_interval(secs => \(term.seconds))
                  from due where n.job_id = due.job_id returning n.job_id, n.attempts)
                select j.id, l.name as library, v.version, d.root_url, j.fault::text as fault, j.finished_at, lent.attempts
                from lent join portolan.job j on j.id = lent.job_id join portolan.documentation d on d.id = j.documentation_id
                join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
                order by j.finished_at
                """)
            return try rows.map { row in
                FailureNotice(
                    job: JobID(try row.decode("id", as: UUID.self)), library: try row.decode("library", as: String.self),
                    version: try row.decode("version", as: String.self), rootURL: try row.decode("root_url", as: String.self),
                    fault: try row.decode("fault", as: String?.self).map { try Fault(stored: $0) },
                    failedAt: try row.decode("finished_at", as: Date?.self), attempt: Int(try row.decode("attempts", as: Int32.self)))
            }
        }
    }

    package func settle(_ notice: FailureNotice, _ outcome: NoticeOutcome) async throws {
        try await withFaults {
            switch outcome {
            case .sent:
                _ = try await client.query(
                    "update portolan.notification set sent_at = now(), error = null where job_id = \(notice.job.uuid)")
            case .retry(let pause, let reason):
                _ = try await client.query(
                    """
                    update portolan.notification set next_attempt_at = now() + make_interval(secs => \(pause.seconds)), error = \(reason)
                    where job_id = \(notice.job.uuid) and sent_at is null
                    """)
            case .givenUp(let reason):
                _ = try await client.query(
                    """
                    update portolan.notification set given_up_at = now(), error = \(reason)
                    where job_id = \(notice.job.uuid) and sent_at is null
                    """)
            }
        }
    }

    package func post(_ text: String, key: String) async throws -> Bool {
        try await withFaults {
            let rows = try await client.query(
                "insert into portolan.notice (key, text) values (\(key), \(text)) on conflict do nothing returning key")
            return !rows.isEmpty
        }
    }

    package func claimPosts(limit: Int, term: Duration) async throws -> [PostedNotice] {
        try await withFaults {
            let rows = try await client.query(
                """
                with due as (
                  select key from portolan.notice
                  where sent_at is null and given_up_at is null and next_attempt_at <= now() and created_at > now() - interval '1 day'
                  order by next_attempt_at limit \(limit) for update skip locked)
                update portolan.notice n set attempts = n.attempts + 1, next_attempt_at = now() + make_interval(secs => \(term.seconds))
                from due where n.key = due.key returning n.key, n.text, n.attempts
                """)
            return try rows.map { row in
                PostedNotice(
                    key: try row.decode("key", as: String.self), text: try row.decode("text", as: String.self),
                    attempt: Int(try row.decode("attempts", as: Int32.self)))
            }
        }
    }

    package func settle(_ notice: PostedNotice, _ outcome: NoticeOutcome) async throws {
        try await withFaults {
            switch outcome {
            case .sent:
                _ = try await client.query("update portolan.notice set sent_at = now(), error = null where key = \(notice.key)")
            case .retry(let pause, let reason):
                _ = try await client.query(
                    """
                    update portolan.notice set next_attempt_at = now() + make_interval(secs => \(pause.seconds)), error = \(reason)
                    where key = \(notice.key) and sent_at is null
                    """)
            case .givenUp(let reason):
                _ = try await client.query(
                    "update portolan.notice set given_up_at = now(), error = \(reason) where key = \(notice.key) and sent_at is null")
            }
        }
    }
}
