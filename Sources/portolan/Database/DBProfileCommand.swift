import ArgumentParser
import Composition
import Storage

/// `portolan db profile`.
struct DBProfileCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: "Show what a query costs, and what may make it faster.",
        discussion: """
            The query runs in a transaction that only reads, for 30 seconds at most, and its rows are thrown away; with --plan-only it is not \
            run. It is one select without comments, which calls nothing that reaches beyond tables. Suggested on: cost above 1000, more than \
            100 ms, one step above 500, rows off by 10 times.
            """)

    @Argument(help: "The query, with values in place of parameters.")
    var query: String

    @Flag(help: "Plan the query and do not run it.")
    var planOnly = false

    @OptionGroup var options: DatabaseOptions

    /// Profile and suggestions, as JSON.
    struct Report: Encodable {
        let profile: QueryProfile
        let suggestions: [PlanSuggestion]
    }

    func validate() throws { try ArgumentCheck.identifier(query, "<query>") }

    func run(with session: DatabaseSession) async throws {
        let profiler = session.database.profiler
        let report: Report
        if planOnly {
            let profile = try await profiler.estimateCost(query)
            report = Report(profile: profile, suggestions: PlanSuggestion.all(for: profile))
        } else {
            let (profile, suggestions) = try await profiler.suggestions(query)
            report = Report(profile: profile, suggestions: suggestions)
        }
        try session.show(report) { Self.text(report) }
        if report.suggestions.isEmpty { session.note("Nothing stands out.") }
    }

    private static func text(_ report: Report) -> String {
        let profile = report.profile
        var facts = [("cost", number(profile.cost)), ("rows expected", number(profile.plannedRows))]
        if let rows = profile.actualRows { facts.append(("rows", number(rows))) }
        if let time = profile.planningMilliseconds { facts.append(("planning", "\(Figures.fixed(time, digits: 2)) ms")) }
        if let time = profile.executionMilliseconds { facts.append(("run", "\(Figures.fixed(time, digits: 2)) ms")) }
        var steps = TextTable([
            .text("STEP"), .number("OWN COST"), .number("ROWS EXPECTED"), .number("ROWS"), .number("LOOPS"), .number("MS"),
        ])
        for step in profile.steps {
            let name = String(repeating: "· ", count: step.depth) + step.operation + (step.relation.map { " on \($0)" } ?? "")
            steps.add([
                name, number(step.ownCost), number(step.plannedRows), step.actualRows.map(number) ?? "", step.loops.map(number) ?? "",
                step.milliseconds.map { Figures.fixed($0, digits: 2) } ?? "",
            ])
        }
        var suggestions = TextTable([.text("SUGGESTION"), .text("AT"), .number("VALUE"), .number("THRESHOLD"), .text("ADVICE")])
        for item in report.suggestions {
            suggestions.add([item.kind.rawValue, item.step ?? "", number(item.value), number(item.threshold), item.advice])
        }
        return [TextTable.pairs(facts), steps.text, suggestions.isEmpty ? "" : suggestions.text].filter { !$0.isEmpty }
            .joined(separator: "\n")
    }

    private static func number(_ value: Double) -> String { Figures.fixed(value, digits: value < 10 && value != value.rounded() ? 2 : 0) }
}
