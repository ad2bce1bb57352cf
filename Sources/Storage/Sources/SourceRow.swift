import Domain
import FoundationEssentials
import Postgres

/// Reads a source from the columns of ``columns``.
enum SourceRow {
    /// The columns of a source, from ``tables``.
    static let columns: SQL = """
        s.id, s.documentation_id, l.name as library, v.version, s.settings::text as settings, s.subject, s.poll_seconds, s.schedule,
        s.is_paused, s.fault::text as fault, s.cursor, s.sync_requested_at, s.next_poll_at, s.polled_at, s.received, s.queued, s.errors,
        s.failures, s.created_at, case when s.is_paused then 'PAUSED' when exists (select from portolan.job j where j.source_id = s.id
          and j.status not in ('COMPLETED', 'FAILED', 'STOPPED')) then 'RUNNING' else s.state end as state
        """

    /// The tables of ``columns``, source `s`, documentation `d`, version `v`, library `l`.
    static let tables: SQL = """
        portolan.source s join portolan.documentation d on d.id = s.documentation_id
        join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
        """

    static func source(_ row: Row) throws -> Source {
        guard let state = SourceState(rawValue: try row.decode("state", as: String.self)) else {
            throw Fault(.internal, code: "E_DATABASE", "A source has a state that this release does not know.")
        }
        let fault = try row.decode("fault", as: String?.self).map { try Fault(stored: $0) }
        let sync = SourceSync(
            state: state, timing: try timing(row), isPaused: try row.decode("is_paused", as: Bool.self),
            cursor: try row.decode("cursor", as: String?.self), isRequested: try row.decode("sync_requested_at", as: Date?.self) != nil,
            nextPollAt: try row.decode("next_poll_at", as: Date?.self), polledAt: try row.decode("polled_at", as: Date?.self),
            fault: fault, received: try row.decode("received", as: Int.self), queued: try row.decode("queued", as: Int.self),
            errors: try row.decode("errors", as: Int.self))
        return Source(
            id: SourceID(try row.decode("id", as: UUID.self)),
            documentation: DocumentationID(try row.decode("documentation_id", as: UUID.self)),
            library: try row.decode("library", as: String.self), version: try row.decode("version", as: String.self),
            settings: try JSONColumn.decode(row.decode("settings", as: String.self)), subject: try row.decode("subject", as: String?.self),
            sync: sync, createdAt: try row.decode("created_at", as: Date.self))
    }

    private static func timing(_ row: Row) throws -> SourceTiming {
        if let schedule = try row.decode("schedule", as: String?.self) { return .cron(try CronSchedule(schedule)) }
        if let seconds = try row.decode("poll_seconds", as: Int32?.self) { return .every(seconds: Int(seconds)) }
        return .onRequest
    }
}

extension SourceTiming {
    /// The two columns that hold it.
    var columns: (seconds: Int32?, schedule: String?) {
        switch self {
        case .onRequest: (nil, nil)
        case .every(let seconds): (Int32(clamping: seconds), nil)
        case .cron(let schedule): (nil, schedule.description)
        }
    }
}
