import EmbeddedServices
import FoundationEssentials
import Logging
import Primitives

/// One role of the stack as a process of its own, started again when it ends by itself.
final class StackProcess: Sendable {
    let role: String
    private let arguments: [String]
    private let executable: String
    private let environment: [String: String]
    private let log: String
    private let logger: Logger
    private let child = Locked<ChildProcess?>(nil)

    /// - Parameter arguments: of the command; nil when it is called like the role.
    init(
        role: String, arguments: [String]? = nil, executable: String, environment: [String: String], log: String, logger: Logger
    ) {
        self.role = role
        self.arguments = arguments ?? [role]
        self.executable = executable
        self.environment = environment
        self.log = log
        self.logger = logger
    }

    func start() throws {
        let process = try ChildProcess.start(executable, arguments: arguments, environment: environment, output: .file(log))
        child.withLock { $0 = process }
    }

    /// Whether it has ended, and how.
    var exit: String? { child.withLock { $0?.exitStatus.map { "\($0)" } } }

    /// Starts the process again whenever it ends, with back-off, until cancelled.
    func supervise() async {
        var failures = 0
        while !Task.isCancelled {
            guard let process = child.withLock({ $0 }) else { return }
            let began = ContinuousClock.now
            guard let status = try? await process.wait() else { return }
            failures = began.duration(to: .now) > .seconds(60) ? 1 : failures + 1
            logger.warning("process ended, starting it again", metadata: ["role": "\(role)", "status": "\(status)", "log": "\(log)"])
            try? await Task.sleep(for: Backoff(base: .milliseconds(200), limit: .seconds(10)).delay(afterAttempt: failures))
            if Task.isCancelled { return }
            do { try start() } catch { logger.error("process cannot start", metadata: ["role": "\(role)", "error": "\(error)"]) }
        }
    }

    func stop(grace: Duration) async {
        if let process = child.withLock({ $0 }) { _ = await process.terminate(grace: grace) }
    }
}
