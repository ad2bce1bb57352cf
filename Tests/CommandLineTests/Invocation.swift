import Primitives
import TestSupport

@testable import portolan

/// One run of the command line inside the test process, with everything around it given by the test.
struct Invocation {
    /// Exit code.
    let code: Int32
    /// What was written to standard output.
    let output: String
    /// What was written to standard error.
    let diagnostics: String

    /// - Parameters:
    ///   - arguments: without the name of the program.
    ///   - environment: the only environment variables.
    ///   - directory: the current folder.
    ///   - isInteractive: whether standard error is a terminal of 80 columns.
    ///   - untilInterrupted: returns when Ctrl-C is pressed; nil never.
    static func run(
        _ arguments: [String], environment: [String: String] = [:], directory: String = "/nowhere", isInteractive: Bool = false,
        untilInterrupted: (@Sendable () async -> Void)? = nil
    ) async -> Invocation {
        let (output, diagnostics) = (Locked(""), Locked(""))
        let terminal = Terminal(
            isInteractive: isInteractive, width: 80, output: { text in output.withLock { $0 += text } },
            diagnostics: { text in diagnostics.withLock { $0 += text } })
        var context = CommandContext(
            environment: environment, workingDirectory: directory, isRoot: false, terminal: terminal,
            untilInterrupted: { if let untilInterrupted { await untilInterrupted() } else { await untilCancelled() } })
        context.pacing.interval = (.zero, .zero)
        context.pacing.backoff = Backoff(base: .milliseconds(1), limit: .milliseconds(1))
        let code = await CommandRunner(context: context).run(arguments)
        return Invocation(code: code, output: output.withLock(\.self), diagnostics: diagnostics.withLock(\.self))
    }

    private static func untilCancelled() async { try? await Expectation().fulfillment(within: .seconds(3600)) }
}
