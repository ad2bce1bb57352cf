import EmbeddedServices
import FoundationEssentials
import Glibc
import Logging
import Primitives
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `portolan up`, in the foreground or detached.
package struct UpCommand: Sendable {
    let state: StateDirectory
    let port: Int
    let ingests: Bool
    let source: String?

    /// - Parameters:
    ///   - state: folder of the stack; nil for the default.
    ///   - port: public port; 0 takes a free one.
    ///   - ingests: whether a fresh stack ingests something by itself.
    ///   - source: a site instead of the installed documentation set.
    package init(state: String?, port: Int, ingests: Bool, source: String?) {
        self.state = StateDirectory(state)
        self.port = port
        self.ingests = ingests
        self.source = source.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Runs the stack until SIGINT or SIGTERM.
    package func run() async throws {
        let settings = try Self.settings()
        StructuredLogHandler.bootstrap(
            service: "up", format: settings.logFormat, level: settings.logLevel, sampler: settings.logSampler)
        let logger = Logger(label: "portolan.up")
        let stack = EmbeddedStack(
            options: .init(state: state, port: port, source: try firstSource()), settings: settings, logger: logger)
        // A second signal, or a stop that takes too long, ends the process; the kernel then ends its children.
        try await ServiceGroup(
            configuration: .init(
                services: [.init(service: stack, successTerminationBehavior: .gracefullyShutdownGroup)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() })
        ).run()
    }

    /// Starts the stack in the background and returns when every role of it is ready.
    package func detach() async throws {
        let address = StackAddress(bind: try Self.settings().bind)
        try state.prepare()
        if let owner = state.owner() {
            throw StartFailure("The stack of \(state.path) runs already, as process \(owner). Stop it with `portolan down`.")
        }
        _ = unsafe unlink(state.ports)
        let log = state.logs + "/up.log"
        var arguments = ["up", "--state", state.path, "--port", "\(port)"]
        if !ingests { arguments.append("--no-ingest") }
        if let source { arguments += ["--source", source] }
        let child = try ChildProcess.start(
            try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"), arguments: arguments, output: .file(log),
            parentDeathSignal: nil)
        while true {
            if let status = child.exitStatus {
                throw StartFailure("The stack ended at its start (\(status)): \(Self.lastLine(of: log)) Its log: \(log)")
            }
            if let ports = try? JSONDecoder().decode(
                StackPorts.self, from: Data(FileManager.default.contents(atPath: state.ports) ?? Data())),
                ports.process == child.processIdentifier
            {
                print("Portolan is ready: \(address.url(ports.public))/mcp (token in \(state.token))")
                return
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }

    /// The settings, as far as the stack works with them: it ingests with its own token.
    private static func settings() throws -> Settings {
        let settings = try Settings(SettingsSource())
        guard settings.authentication != .oauth else {
            throw SettingsError(["PORTOLAN_AUTH: oauth is for roles that you start yourself; up works with its own token"])
        }
        return settings
    }

    private func firstSource() throws -> FirstSource? {
        guard ingests else { return nil }
        if let source { return .site(source) }
        let folder = Executables.toolFolders().map { $0 + "/documentation" }.first {
            FileManager.default.fileExists(atPath: $0 + "/index.html")
        }
        return folder.map { .folder(path: $0, library: "git", portFile: state.path + "/documentation.port") }
    }

    private static func lastLine(of file: String) -> String {
        let text = FileManager.default.contents(atPath: file).map { String(decoding: $0, as: UTF8.self) } ?? ""
        return text.split(separator: "\n").last.map(String.init) ?? "no log."
    }
}

/// `portolan down`.
package struct DownCommand: Sendable {
    let state: StateDirectory

    /// - Parameter state: folder of the stack; nil for the default.
    package init(state: String?) { self.state = StateDirectory(state) }

    /// Stops the stack and waits until it is gone; does nothing when it does not run.
    package func run() async throws {
        guard let owner = state.owner() else {
            print("No stack runs in \(state.path).")
            return
        }
        kill(owner, SIGTERM)
        let deadline = Deadline.after(.seconds(60))
        while state.owner() != nil {
            if deadline.hasPassed {
                kill(owner, SIGKILL)
                throw StartFailure("The stack did not stop within 60 s and was killed.")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
        print("The stack of \(state.path) is stopped; its data stay.")
    }
}
