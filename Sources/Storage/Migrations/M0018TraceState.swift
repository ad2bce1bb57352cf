import Postgres

extension Migration {
    /// The vendors' list of a job's trace context: W3C bounds it to 512 characters. Releases before leave it empty.
    static let m0018TraceState = Migration(
        name: "m0018_trace_state",
        sql: "alter table portolan.job add column tracestate text check (octet_length(tracestate) <= 512);")
}
