import Composition

/// Why a command did not do what it was asked for.
struct CommandFailure: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of failure, which decides the exit code.
    struct Code: Sendable, Hashable {
        private enum Kind { case failed, usage, unreachable, refused, interrupted }
        private let kind: Kind

        /// It was tried and ended badly.
        static let failed = Code(kind: .failed)
        /// The arguments or the environment are wrong.
        static let usage = Code(kind: .usage)
        /// What it works on does not answer.
        static let unreachable = Code(kind: .unreachable)
        /// What it works on does not allow it.
        static let refused = Code(kind: .refused)
        /// The person at the terminal ended it with Ctrl-C; 130, as shells expect it, so that `&&` goes no further.
        static let interrupted = Code(kind: .interrupted)

        /// Exit code of the process.
        var exitCode: Int32 {
            switch kind {
            case .failed: 1
            case .usage: 2
            case .unreachable: 3
            case .refused: 4
            case .interrupted: 130
            }
        }
    }

    /// The kind.
    let code: Code
    /// What happened, in one sentence.
    let message: String
    /// What to do about it.
    let hint: String?

    init(_ code: Code, _ message: String, hint: String? = nil) { (self.code, self.message, self.hint) = (code, message, hint) }

    /// Whether the same command may succeed later without a change: never, so far as the command can know.
    var isRetryable: Bool { false }

    var description: String { hint.map { "\(message) \($0)" } ?? message }
    var debugDescription: String { "exit \(code.exitCode): \(description)" }
}

extension CommandFailure.Code {
    /// The code of an operator's failure.
    init(_ reason: OperatorFailure.Reason) {
        self =
            switch reason {
            case .failed: .failed
            case .usage: .usage
            case .unreachable: .unreachable
            case .refused: .refused
            }
    }
}
