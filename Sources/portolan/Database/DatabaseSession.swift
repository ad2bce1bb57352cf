import APIModel
import ArgumentParser
import Composition
import FoundationEssentials

/// The options that every command on the database has.
struct DatabaseOptions: ParsableArguments {
    @Flag(help: "Print JSON instead of a table.")
    var json = false
}

/// A command that works on the database itself: that of `PORTOLAN_DATABASE_URL`, else that of the local stack that runs.
protocol DatabaseCommand: ContextCommand {
    /// Form of output.
    var options: DatabaseOptions { get }

    /// What the journal of the database tells of this run; nil for one that changes nothing.
    var change: CommandJournal.Command? { get }

    /// Does the work.
    /// - Throws: `OperatorFailure`, ``CommandFailure``.
    func run(with session: DatabaseSession) async throws
}

extension DatabaseCommand {
    var change: CommandJournal.Command? { nil }

    func run(in context: CommandContext) async throws {
        try await DatabaseSession.with(context, isJSON: options.json) { session in
            try await session.database.journal.tell(of: change) { try await run(with: session) }
        }
    }
}

/// The database for the length of one command, and where answers go.
struct DatabaseSession: Sendable {
    let database: OperatorDatabase
    /// Whether answers are printed as JSON.
    let isJSON: Bool
    /// What is around the command.
    let context: CommandContext

    /// Runs `body` with the database that is found from `context`.
    static func with(_ context: CommandContext, isJSON: Bool, _ body: (DatabaseSession) async throws -> Void) async throws {
        let folders = ClientEnvironment.stateFolders(in: context)
        try await OperatorDatabase.with(environment: context.environment, stateFolders: folders) { database in
            try await body(DatabaseSession(database: database, isJSON: isJSON, context: context))
        }
    }

    /// Prints `value` as one line of JSON, or `text` for people.
    func show(_ value: some Encodable, as text: () -> String) throws {
        context.terminal.output(isJSON ? try Self.json(value) : text())
    }

    /// Tells the person at the terminal something beside the answer; nothing where JSON was asked for.
    func note(_ text: String) { if !isJSON { context.terminal.diagnostics(PlainText.line(text) + "\n") } }

    /// `path` as an absolute one.
    func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(context.workingDirectory)/\(path)" }

    /// One line of JSON: keys in snake case and sorted, dates in RFC 3339.
    static func json(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .custom { date, encoder in
            var container = encoder.singleValueContainer()
            try container.encode(WireJSON.text(of: date))
        }
        return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
    }
}
