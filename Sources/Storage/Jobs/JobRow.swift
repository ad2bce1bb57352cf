import Domain
import FoundationEssentials
import Postgres

/// Reads a job from the columns of ``columns``.
enum JobRow {
    /// The columns of a job, from `portolan.job j` joined with its documentation `d`, version `v` and library `l`.
    static let columns: SQL = """
        j.id, j.documentation_id, l.name as library, v.version, j.settings::text as settings, j.status, j.priority, j.progress_percent::int as percent,
        j.pages_processed, j.pages_by_outcome::text as pages_by_outcome, j.sections_changed, j.sections_unchanged, j.sections_deleted,
        j.pages_held_back, j.chunks_embedded, j.chunks_reused, j.stop_requested, j.fault::text as fault, j.stage_seconds::text as stage_seconds, j.attempt,
        j.retry_of, j.correlation_id, j.traceparent, j.created_at, j.started_at, j.finished_at,
        (select x.is_ready from portolan.verification x where x.job_id = j.id) as is_ready
        """

    /// The tables of ``columns``.
    static let tables: SQL = """
        portolan.job j join portolan.documentation d on d.id = j.documentation_id
        join portolan.library_version v on v.id = d.version_id join portolan.library l on l.id = v.library_id
        """

    static func job(_ row: Row) throws -> Job {
        var counts = JobCounts()
        counts.pagesProcessed = Int(try row.decode("pages_processed", as: Int32.self))
        counts.pagesByOutcome = try JSONColumn.decode(row.decode("pages_by_outcome", as: String.self))
        counts.sectionsChanged = Int(try row.decode("sections_changed", as: Int32.self))
        counts.sectionsUnchanged = Int(try row.decode("sections_unchanged", as: Int32.self))
        counts.sectionsDeleted = Int(try row.decode("sections_deleted", as: Int32.self))
        counts.pagesHeldBack = Int(try row.decode("pages_held_back", as: Int32.self))
        counts.chunksEmbedded = Int(try row.decode("chunks_embedded", as: Int32.self))
        counts.chunksReused = Int(try row.decode("chunks_reused", as: Int32.self))
        let fault = try row.decode("fault", as: String?.self).map { try Fault(stored: $0) }
        guard let status = JobStatus(rawValue: try row.decode("status", as: String.self)) else {
            throw Fault(.internal, code: "E_DATABASE", "A job has a state that this release does not know.")
        }
        return Job(
            id: JobID(try row.decode("id", as: UUID.self)),
            documentation: DocumentationID(try row.decode("documentation_id", as: UUID.self)),
            library: try row.decode("library", as: String.self), version: try row.decode("version", as: String.self),
            settings: try JSONColumn.decode(row.decode("settings", as: String.self)), status: status,
            priority: JobPriority(rawValue: try row.decode("priority", as: String.self)) ?? .normal,
            progressPercent: Int(try row.decode("percent", as: Int32.self)), counts: counts,
            stopRequested: try row.decode("stop_requested", as: Bool.self), fault: fault,
            stageSeconds: try JSONColumn.decode(row.decode("stage_seconds", as: String.self)),
            attempt: Int(try row.decode("attempt", as: Int32.self)), retryOf: try row.decode("retry_of", as: UUID?.self).map { JobID($0) },
            correlationID: try row.decode("correlation_id", as: String.self), traceparent: try row.decode("traceparent", as: String?.self),
            createdAt: try row.decode("created_at", as: Date.self), startedAt: try row.decode("started_at", as: Date?.self),
            finishedAt: try row.decode("finished_at", as: Date?.self), isReadyForQueries: try row.decode("is_ready", as: Bool?.self))
    }
}
