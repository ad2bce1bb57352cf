import APIClient
import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import Logging
import Postgres
import Primitives

/// The stack of a drill: a `portolan up` of its own, with nothing of the caller's settings.
struct DrillStack: Sendable {
    let state: StateDirectory
    let environment: [String: String]
    let process: ChildProcess
    let ports: StackPorts
    let token: Redacted<String>

    /// Where everything of a drill lies.
    struct Place: Sendable {
        /// Absolute path.
        let folder: String
        /// Where the stack lies, and where it is restored.
        var state: String
        var backup: String { folder + "/backup" }
        var site: String { folder + "/site" }

        init(folder: String) { (self.folder, state) = (folder, folder + "/state") }

        /// The settings of the stack, on top of where programs and model are, and how often the log is stored.
        ///
        /// - Parameter key: of the backups.
        func environment(_ surroundings: [String: String], key: String) -> [String: String] {
            let kept = ["PORTOLAN_POSTGRES_DIR", "PORTOLAN_TOOLS_DIR", "PORTOLAN_MODEL_DIR", "PORTOLAN_BACKUP_LOG_SECONDS"]
            var environment = surroundings.filter { !$0.key.hasPrefix("PORTOLAN_") || kept.contains($0.key) }
            environment["PORTOLAN_BACKUP_URL"] = "file://" + backup
            environment["PORTOLAN_BACKUP_KEY"] = key
            environment["PORTOLAN_RATE_LIMIT"] = "off"
            environment["PORTOLAN_LEASE_SECONDS"] = "5"
            return environment
        }
    }

    /// Starts it and waits until it is ready.
    static func start(_ place: Place, environment: [String: String]) async throws -> DrillStack {
        let state = StateDirectory(place.state)
        let log = place.folder + "/up.log"
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let process = try ChildProcess.start(
            executable, arguments: ["up", "--state", place.state, "--port", "0", "--no-ingest"], environment: environment,
            output: .file(log))
        while true {
            if let status = process.exitStatus {
                throw OperatorFailure(.failed, "The stack of the drill ended with \(status). Its log: \(log)")
            }
            if let data = FileManager.default.contents(atPath: state.ports),
                let ports = try? JSONDecoder().decode(StackPorts.self, from: data),
                ports.process == process.processIdentifier
            {
                let token = String(decoding: FileManager.default.contents(atPath: state.token) ?? Data(), as: UTF8.self)
                    .trimmingWhitespace()
                return DrillStack(state: state, environment: environment, process: process, ports: ports, token: Redacted(token))
            }
            do { try await Task.sleep(for: .milliseconds(20)) } catch {
                await process.terminate(grace: .seconds(30))
                throw error
            }
        }
    }

    /// Runs `body` with a client of its API.
    func withClient<Result>(_ body: (PortolanClient) async throws -> Result) async throws -> Result {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        return try await body(PortolanClient(baseURL: "http://127.0.0.1:\(ports.public)", token: token, fetcher: fetcher))
    }

    /// Runs `body` with its database.
    func withDatabase<Result>(_ body: (PostgresClient) async throws -> Result) async throws -> Result {
        guard let url = PrivatePostgres.runningDatabaseURL(directory: state.postgres) else {
            throw OperatorFailure(.unreachable, "The database of the drill does not answer.")
        }
        let quiet = Logger(label: "drill") { _ in SwiftLogNoOpLogHandler() }
        let client = try PostgresClient(configuration: try PostgresConfiguration(url: url), logger: quiet)
        defer { client.close() }
        return try await body(client)
    }

    /// Stops it in the usual way.
    func stop() async { await process.terminate(grace: .seconds(60)) }

    /// Kills every process of it at once, as a loss of power would: none of them can store anything any more.
    func crash() async {
        // Frozen first: none may notice that another one is gone and finish its work.
        let processes = Self.descendants(of: process.processIdentifier)
        for signal in [SIGSTOP, SIGKILL] { for identifier in processes { _ = kill(identifier, signal) } }
        await process.terminate(SIGKILL)
        while processes.contains(where: { kill($0, 0) == 0 && !Self.isDead($0) }) { try? await Task.sleep(for: .milliseconds(10)) }
    }

    private static func descendants(of root: Int32) -> [Int32] {
        let all = ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap(Int32.init)
        let parents = Dictionary(all.compactMap { identifier in parent(of: identifier).map { (identifier, $0) } }) { $1 }
        var found = [root]
        var open = [root]
        while let next = open.popLast() {
            let children = parents.filter { $0.value == next }.map(\.key)
            found += children
            open += children
        }
        return found
    }

    private static func fields(_ identifier: Int32) -> [Substring]? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(identifier)/stat") else { return nil }
        // The name of the program stands in parentheses and may hold spaces.
        return String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ")
    }

    private static func parent(of identifier: Int32) -> Int32? { fields(identifier).flatMap { $0.count > 1 ? Int32($0[1]) : nil } }
    private static func isDead(_ identifier: Int32) -> Bool { fields(identifier).map { $0.first == "Z" } ?? true }
}
