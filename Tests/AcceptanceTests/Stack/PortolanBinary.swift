import EmbeddedServices
import FoundationEssentials
import TestSupport

/// The `portolan` that this build made, beside the test bundle.
struct PortolanBinary: Sendable {
    /// What the processes get: nothing of the caller's settings.
    let environment: [String: String]

    /// - Parameter settings: beyond those of every test: no rate limit, short leases, loopback may be crawled.
    init(settings: [String: String] = [:]) {
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PORTOLAN_") }
        for name in ["PORTOLAN_POSTGRES_DIR", "PORTOLAN_TOOLS_DIR", "PORTOLAN_MODEL_DIR"] {
            environment[name] = ProcessInfo.processInfo.environment[name]
        }
        environment["PORTOLAN_RATE_LIMIT"] = "off"
        environment["PORTOLAN_LEASE_SECONDS"] = "3"
        self.environment = environment.merging(settings) { $1 }
    }

    /// - Parameter environment: all of it.
    init(environment: [String: String]) { self.environment = environment }

    static let path = BuildProducts.folder + "/portolan"

    /// Starts it as a child that the kernel ends when this process dies.
    ///
    /// - Parameter wrapper: a program that becomes ours in the end, with its first arguments; empty for none.
    func start(_ arguments: [String], through wrapper: [String] = [], log: String) throws -> ChildProcess {
        let words = wrapper + [Self.path] + arguments
        return try ChildProcess.start(words[0], arguments: Array(words.dropFirst()), environment: environment, output: .file(log))
    }

    /// Runs it to its end.
    /// - Returns: how it ended, and standard output and error together.
    func run(_ arguments: [String], within limit: Duration = .seconds(120)) async throws -> (status: ExitStatus, output: String) {
        try await withTemporaryDirectory { directory in
            let log = directory + "/output"
            let child = try start(arguments, log: log)
            guard let status = await child.wait(atMost: limit) else {
                await child.terminate()
                throw Unexpected("portolan \(arguments) did not end within \(limit):\n\(try Stack.text(log))")
            }
            return (status, try Stack.text(log))
        }
    }
}
