import FoundationEssentials
import Glibc
import Primitives
import UnixSignals

/// What a client command finds around it: passed in, so that tests give their own.
struct CommandContext: Sendable {
    /// How often a job is asked about while it is followed.
    struct Pacing: Sendable {
        /// Time between two questions at the start and after a minute: long jobs are asked about less often.
        var interval: (early: Duration, late: Duration) = (.milliseconds(500), .seconds(2))
        /// Wait after a question without an answer.
        var backoff = Backoff(base: .milliseconds(500), limit: .seconds(5))
        /// Questions in a row that may go unanswered before the command gives up.
        var attempts = 8
    }

    /// Environment variables.
    var environment: [String: String]
    /// Absolute path of the current folder.
    var workingDirectory: String
    /// Whether the state of the local stack is the system's instead of the folder's.
    var isRoot: Bool
    /// Where texts go.
    var terminal: Terminal
    /// How jobs are followed.
    var pacing = Pacing()
    /// Suspends until Ctrl-C is pressed; returns early when its task is cancelled.
    var untilInterrupted: @Sendable () async -> Void

    /// The context of this process.
    static func process() -> CommandContext {
        CommandContext(
            environment: ProcessInfo.processInfo.environment, workingDirectory: FileManager.default.currentDirectoryPath,
            isRoot: geteuid() == 0, terminal: .process(),
            untilInterrupted: { for await _ in await UnixSignalsSequence(trapping: .sigint) { return } })
    }
}
