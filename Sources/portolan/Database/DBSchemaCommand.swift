import ArgumentParser
import Composition
import Storage

/// `portolan db schema`.
struct DBSchemaCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "schema", abstract: "Show tables, or one table with columns, constraints and indexes.",
        discussion: "Without TABLE the tables with their sizes; --json without TABLE gives the whole schema.")

    @Argument(help: "Table or view of the schema portolan.")
    var table: String?

    @Flag(help: "Show indexes and how often they are used.")
    var indexes = false

    @Flag(help: "Show what the server counts: rows, scans, sizes, last vacuum.")
    var statistics = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        if indexes, statistics { throw ValidationError("--indexes and --statistics exclude each other.") }
        try ArgumentCheck.length(table, 1...63, "<table>")
    }

    func run(with session: DatabaseSession) async throws {
        let inspector = session.database.inspector
        if indexes {
            let list = try await inspector.indexes(of: table)
            try session.show(list) { Self.text(list) }
        } else if statistics {
            let list = try await inspector.statistics(of: table)
            try session.show(list) { Self.text(list) }
        } else if let table {
            let info = try await inspector.table(table)
            try session.show(info) { Self.text(info) }
        } else if session.isJSON {
            try session.show(try await inspector.schema()) { "" }
        } else {
            let list = try await inspector.tables()
            try session.show(list) { Self.text(list) }
            if list.isEmpty { session.note("The schema portolan is not there: run portolan db migrate.") }
        }
    }

    private static func text(_ tables: [TableSummary]) -> String {
        var table = TextTable([.text("TABLE"), .text("KIND"), .number("ROWS (ABOUT)"), .number("BYTES")])
        for item in tables { table.add([item.name, item.kind, item.estimatedRows.map { "\($0)" } ?? "", "\(item.bytes)"]) }
        return table.isEmpty ? "" : table.text
    }

    private static func text(_ info: TableInfo) -> String {
        var columns = TextTable([.text("COLUMN"), .text("TYPE"), .text("NULL"), .text("DEFAULT")])
        for column in info.columns { columns.add([column.name, column.type, column.isNullable ? "yes" : "no", column.fallback ?? ""]) }
        var constraints = TextTable([.text("CONSTRAINT"), .text("KIND"), .text("DEFINITION")])
        for constraint in info.constraints where constraint.kind != "not null" {
            constraints.add([constraint.name, constraint.kind, constraint.definition])
        }
        return [columns.text, constraints.isEmpty ? "" : constraints.text, text(info.indexes)].filter { !$0.isEmpty }.joined(
            separator: "\n")
    }

    private static func text(_ indexes: [IndexInfo]) -> String {
        var table = TextTable([.text("INDEX"), .text("TABLE"), .number("SCANS"), .number("BYTES"), .text("DEFINITION")])
        for index in indexes {
            table.add([
                index.name, index.table, "\(index.scans)", "\(index.bytes)", index.definition + (index.isValid ? "" : " (not valid)"),
            ])
        }
        return table.isEmpty ? "" : table.text
    }

    private static func text(_ statistics: [TableStatistics]) -> String {
        var table = TextTable([
            .text("TABLE"), .number("LIVE ROWS"), .number("DEAD ROWS"), .number("SEQ SCANS"), .number("INDEX SCANS"),
            .number("TABLE BYTES"),
            .number("INDEX BYTES"), .text("LAST ANALYZE (UTC)"),
        ])
        for item in statistics {
            table.add([
                item.name, "\(item.liveRows)", "\(item.deadRows)", "\(item.sequentialScans)", "\(item.indexScans)", "\(item.tableBytes)",
                "\(item.indexBytes)", item.lastAnalyze.map(Figures.text) ?? "",
            ])
        }
        return table.isEmpty ? "" : table.text
    }
}
