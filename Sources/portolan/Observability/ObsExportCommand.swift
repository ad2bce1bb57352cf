import ArgumentParser
import Composition
import FoundationEssentials
import Glibc
import Storage

/// `portolan obs export`.
struct ObsExportCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Write events into a file, oldest first.",
        discussion: """
            The ending of PATH says how: .json (one array), .jsonl (one event a line), .csv (RFC 4180, objects as JSON), .parquet (objects as JSON). \
            docs/events.md describes an event. The file appears whole or not at all, with mode 600. Talks to the database of PORTOLAN_DATABASE_URL, else to that of the local \
            stack that runs.
            """)

    @Argument(help: "File to write; nothing may lie there.")
    var path: String

    @Option(name: .shortAndLong, help: ArgumentHelp("Only this level.", valueName: "INFO|WARN|ERROR"))
    var level: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Only this type and those below it.", valueName: "type"))
    var type: String?

    @Option(help: ArgumentHelp("Only events from then on: a time such as 24h, 7d, or an RFC 3339 date.", valueName: "time"))
    var since: TimeSpan?

    @Option(help: "The most events, 1 to 10000000.")
    var limit = 100_000

    @OptionGroup var options: DatabaseOptions

    /// What was written, as JSON.
    struct Report: Encodable {
        let path: String
        let format: String
        let events: Int
    }

    /// The form of the file.
    enum Format: String, CaseIterable {
        case json, jsonl, csv, parquet
    }

    func validate() throws {
        try ArgumentCheck.range(limit, 1...10_000_000, "--limit")
        if let level, !["INFO", "WARN", "ERROR"].contains(level.uppercased()) { throw ValidationError("--level is INFO, WARN or ERROR.") }
        try ArgumentCheck.length(type, 1...100, "--type")
        guard format != nil else { throw ValidationError("The path must end with .json, .jsonl, .csv or .parquet.") }
    }

    private var format: Format? { path.split(separator: ".").last.flatMap { Format(rawValue: String($0)) } }

    func run(with session: DatabaseSession) async throws {
        guard let format else { return }
        let file = try ExportFile(session.absolute(path))
        var table = ParquetEvents()
        switch format {
        case .json: try file.write("[")
        case .jsonl: break
        case .csv: try file.write(EventEnvelope.csvHeader + "\r\n")
        case .parquet: try file.write(ParquetEvents.mark)
        }
        var isFirst = true
        let count = try await session.database.events.walk(
            level: level?.uppercased(), type: type, since: since?.date ?? Date(timeIntervalSince1970: 0), limit: limit
        ) { event in
            switch format {
            case .json: try file.write((isFirst ? "\n" : ",\n") + (try event.json()))
            case .jsonl: try file.write(try event.json() + "\n")
            case .csv: try file.write(try event.csv() + "\r\n")
            case .parquet: try file.write(try table.append(event))
            }
            isFirst = false
        }
        switch format {
        case .json: try file.write("\n]\n")
        case .jsonl, .csv: break
        case .parquet: try file.write(table.end())
        }
        try file.publish()
        try session.show(Report(path: path, format: format.rawValue, events: count)) { "\(Figures.count(count, "event")) in \(path)\n" }
    }
}
