import FoundationEssentials
import Glibc
import Postgres

/// Processor time used so far, which other work on the machine does not lengthen as it does a latency.
struct ProcessorTime: Sendable {
    /// Milliseconds of this process.
    let own: Double
    /// Milliseconds of the database's open connections together.
    let database: Double

    /// The time at this moment (`clock` counts millionths of a second); connections must not be closed between two of these.
    static func now(_ client: PostgresClient) async throws -> ProcessorTime {
        let processes = try await client.query("select pid from pg_stat_activity where backend_type = 'client backend'")
            .decodeColumn(as: Int32.self)
        return ProcessorTime(
            own: Double(clock()) / 1e3, database: processes.reduce(0) { $0 + milliseconds(of: $1) })
    }

    /// What `/proc` says of the process `number`; 0 when there is none.
    private static func milliseconds(of number: Int32) -> Double {
        guard let data = FileManager.default.contents(atPath: "/proc/\(number)/stat") else { return 0 }
        // The command's name, in parentheses, may hold spaces; behind it, user and system time are the 12th and 13th field.
        let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK))) * 1e3
    }
}
