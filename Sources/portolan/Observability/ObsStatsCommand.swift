import ArgumentParser
import Composition
import Storage

/// `portolan obs stats`.
struct ObsStatsCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Answer a question over the events by its name.",
        discussion: """
            Talks to the database of PORTOLAN_DATABASE_URL, else to that of the local stack that runs. Without QUERY or with --list it lists the \
            questions.
            """)

    @Argument(help: "Name of the question.")
    var query: String?

    @Flag(help: "List the questions.")
    var list = false

    @Option(help: ArgumentHelp("Only events from then on: a time such as 24h, 7d, or an RFC 3339 date.", valueName: "time"))
    var since = TimeSpan.day

    @OptionGroup var options: DatabaseOptions

    /// A question, as JSON.
    struct Question: Encodable {
        let name: String
        let meaning: String
        let columns: [String]
    }

    func validate() throws {
        if list, query != nil { throw ValidationError("--list and a question exclude each other.") }
        guard let query, StockQuery.named(query) == nil else { return }
        throw ValidationError("There is no question '\(query)'; there are \(StockQuery.all.map(\.name).joined(separator: ", ")).")
    }

    /// The list needs no database.
    func run(in context: CommandContext) async throws {
        guard let question = query.flatMap(StockQuery.named) else {
            let questions = StockQuery.all.map { Question(name: $0.name, meaning: $0.meaning, columns: $0.columns.map(\.name)) }
            var table = TextTable([.text("QUESTION"), .text("MEANING")])
            for question in questions { table.add([question.name, question.meaning]) }
            context.terminal.output(options.json ? try DatabaseSession.json(questions) : table.text)
            return
        }
        try await DatabaseSession.with(context, isJSON: options.json) { session in
            let answer = try await session.database.events.answer(question, since: since.date)
            try session.show(answer) {
                var table = TextTable(question.columns.map { $0.isNumber ? .number($0.name) : .text($0.name) })
                for row in answer.rows { table.add(row.map { $0 ?? "" }) }
                return table.isEmpty ? "" : table.text
            }
            if answer.rows.isEmpty { session.note("No such events.") }
        }
    }
}
