import Domain

/// A question over the events that the product knows by name.
package struct StockQuery: Sendable {
    package let name: String
    /// What it answers, in one line.
    package let meaning: String
    /// The columns of its answer, in order.
    package let columns: [Column]
    let sql: String

    /// A column of an answer.
    package struct Column: Sendable, Hashable {
        package let name: String
        package let isNumber: Bool

        static func text(_ name: String) -> Column { Column(name: name, isNumber: false) }
        static func number(_ name: String) -> Column { Column(name: name, isNumber: true) }
    }

    /// The query called `name`.
    package static func named(_ name: String) -> StockQuery? { all.first { $0.name == name } }

    /// Most rows of an answer.
    static let limit = 500

    /// Every query, in the order in which they are listed.
    package static let all: [StockQuery] = [
        StockQuery(
            name: "net_latency_distribution", meaning: "answers by host and by how long they took",
            columns: [.text("host"), .number("answers"), .number("mean_ms")] + NetworkLatency.columns.map { .number($0) },
            sql: """
                select payload ->> 'host', sum((payload ->> 'answers')::bigint),
                  round(sum((payload ->> 'milliseconds')::numeric) / nullif(sum((payload ->> 'answers')::bigint), 0), 1),
                  \(NetworkLatency.columns.map { "sum((payload ->> '\($0)')::bigint)" }.joined(separator: ", "))
                from found where type = 'net.request' group by 1 order by 2 desc, 1
                """),
        StockQuery(
            name: "net_cache_hit_ratio", meaning: "share of answers that said that nothing had changed (304), by host",
            columns: [.text("host"), .number("answers"), .number("not_modified"), .number("ratio")],
            sql: """
                select payload ->> 'host', sum((payload ->> 'answers')::bigint), sum((payload ->> 'not_modified')::bigint),
                  round(sum((payload ->> 'not_modified')::numeric) / nullif(sum((payload ->> 'answers')::bigint), 0), 4)
                from found where type = 'net.request' group by 1 order by 2 desc, 1
                """),
        StockQuery(
            name: "ratelimit_pressure", meaning: "requests that the limits of the API let through and refused",
            columns: [.text("rate"), .number("allowed"), .number("refused"), .number("refused_share")],
            sql: """
                select payload ->> 'rate', sum((payload ->> 'allowed')::bigint), sum((payload ->> 'refused')::bigint),
                  round(sum((payload ->> 'refused')::numeric)
                    / nullif(sum((payload ->> 'allowed')::bigint + (payload ->> 'refused')::bigint), 0), 4)
                from found where type = 'ratelimit.acquire' group by 1 order by 3 desc, 1
                """),
        StockQuery(
            name: "ratelimit_cooldowns", meaning: "hosts that asked to be left alone, and for how long",
            columns: [.text("host"), .number("answers"), .number("longest_seconds"), .text("last")],
            sql: """
                select payload ->> 'host', sum((payload ->> 'answers')::bigint), max((payload ->> 'longest_seconds')::numeric),
                  to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                from found where type = 'ratelimit.cooldown' group by 1 order by 2 desc, 1
                """),
        StockQuery(
            name: "policy_rejections", meaning: "what the gates stopped, by gate and code",
            columns: [.text("gate"), .text("code"), .number("rejections"), .text("last")],
            sql: """
                select payload ->> 'gate', payload ->> 'code', count(*), to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                from found where type in ('policy.gate', 'policy.error') group by 1, 2 order by 3 desc, 1, 2
                """),
        StockQuery(
            name: "policy_heatmap", meaning: "rejections by hour (UTC) and gate",
            columns: [.text("hour"), .text("gate"), .number("rejections")],
            sql: """
                select to_char(date_trunc('hour', at at time zone 'UTC'), 'YYYY-MM-DD"T"HH24":00Z"'), payload ->> 'gate', count(*)
                from found where type in ('policy.gate', 'policy.error') group by 1, 2 order by 1, 2
                """),
        StockQuery(
            name: "extract_zip_bombs", meaning: "archives that were refused because too much came out of them",
            columns: [.text("code"), .number("archives"), .text("last")],
            sql: """
                select payload ->> 'code', count(*), to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
                from found where type = 'extract.error'
                  and payload ->> 'code' in ('E_BOMB_RATIO', 'E_ENTRY_RATIO', 'E_ENTRY_BUDGET', 'E_FILE_SIZE', 'E_FILE_SIZE_STREAM')
                group by 1 order by 2 desc, 1
                """),
        StockQuery(
            name: "extract_summary", meaning: "extractions by outcome, with what came out and how long it took",
            columns: [
                .text("outcome"), .number("archives"), .number("files"), .number("bytes"), .number("mean_seconds"), .number("p95_seconds"),
            ],
            sql: """
                select coalesce(payload ->> 'code', 'done'), count(*), coalesce(sum((payload ->> 'files')::bigint), 0),
                  coalesce(sum((payload ->> 'bytes')::bigint), 0), round(avg((payload ->> 'seconds')::numeric), 3),
                  round((percentile_cont(0.95) within group (order by (payload ->> 'seconds')::double precision))::numeric, 3)
                from found where type in ('extract.done', 'extract.error') group by 1 order by 2 desc, 1
                """),
    ]
}
