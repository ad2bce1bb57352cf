import ArgumentParser
import Composition
import FoundationEssentials

/// `portolan drill`.
struct DrillCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "drill", abstract: "Lose everything on purpose, bring it back from the backup, and measure how long that took.",
        discussion: """
            A stack of the drill's own is started, filled and backed up. Then every process of it is killed, its data are removed, and it is \
            restored from the backup alone: rows, checksums and search results have to be the same. Prints a report in JSON; exits with 1 when a \
            target is missed. Nothing of another stack is touched.
            """)

    @Option(
        help: ArgumentHelp(
            "Work here and leave it behind; missing or empty. Without it a folder in /tmp that is removed.", valueName: "folder"))
    var folder: String?
    @Option(help: ArgumentHelp("Most that may be lost.", valueName: "seconds"))
    var rpo = 60.0
    @Option(help: ArgumentHelp("Longest time from the disaster to the first answer.", valueName: "seconds"))
    var rto = 120.0
    @Option(help: "Pages of the documentation that is lost, 1 to 5000.")
    var pages = 100
    @Option(help: ArgumentHelp("How long changes go on before the disaster, 1 to 3600.", valueName: "seconds"))
    var load = 45.0
    @Option(help: ArgumentHelp("Write the report here as well.", valueName: "file"))
    var report: String?

    func validate() throws {
        guard rpo > 0, rto > 0 else { throw ValidationError("--rpo and --rto must be positive.") }
        try ArgumentCheck.range(pages, 1...5000, "--pages")
        guard (1...3600).contains(load) else { throw ValidationError("--load must be from 1 to 3600.") }
    }

    func run(in context: CommandContext) async throws {
        func absolute(_ path: String) -> String { path.hasPrefix("/") ? path : "\(context.workingDirectory)/\(path)" }
        let options = Drill.Options(folder: folder.map(absolute), rpo: rpo, rto: rto, pages: pages, load: load)
        let result = try await Drill(options, surroundings: context.environment) { step in
            context.terminal.diagnostics("drill: \(step)\n")
        }.run()
        let text = try DatabaseSession.json(result)
        if let report { try Data(text.utf8).write(to: URL(filePath: absolute(report))) }
        context.terminal.output(text)
        let missed = result.checks.filter { !$0.isPassed }
        guard missed.isEmpty else {
            throw CommandFailure(.failed, "The drill failed: \(missed.map { "\($0.name) (\($0.detail))" }.joined(separator: ", "))")
        }
    }
}
