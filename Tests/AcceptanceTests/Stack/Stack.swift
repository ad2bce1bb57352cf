import APIClient
import EmbeddedServices
import Fetch
import FoundationEssentials
import Logging
import Postgres
import Primitives
import TestSupport

/// A running `portolan up` of the binary that this build made, with clients for all of its doors.
struct Stack: Sendable {
    /// What `ports.json` says.
    struct Ports: Decodable, Sendable {
        let process: Int32
        let `public`: Int
        let api_admin: Int
        let worker_admin: Int
        let scheduler_admin: Int
    }

    let binary: PortolanBinary
    /// Its state folder.
    let state: String
    let ports: Ports
    let token: Redacted<String>
    let api: PortolanClient
    let fetcher: HTTPFetcher
    /// The stack's own database, which the tests look into.
    let database: PostgresClient

    var url: String { "http://127.0.0.1:\(ports.public)" }

    /// Runs `body` beside a fresh stack and stops it afterwards, also when `body` throws.
    ///
    /// - Parameter environment: settings beyond ``PortolanBinary/environment``.
    static func with<Result>(_ environment: [String: String] = [:], _ body: (Stack) async throws -> Result) async throws -> Result {
        try await withTemporaryDirectory { directory in
            try await with(state: directory + "/state", environment, body)
        }
    }

    /// Runs `body` beside a stack on `state`, which may hold the data of an earlier one.
    static func with<Result>(
        state: String, _ environment: [String: String] = [:], _ body: (Stack) async throws -> Result
    ) async throws -> Result {
        let binary = PortolanBinary(settings: environment)
        // In the foreground: as a child of this process the kernel ends it when the test process dies in any way.
        let process = try binary.start(["up", "--state", state, "--port", "0", "--no-ingest"], log: state + ".up.log")
        let result: Swift.Result<Result, any Error>
        do {
            let ports = try await readyPorts(of: process, state: state)
            result = .success(try await attached(to: state, ports, binary, body))
        } catch { result = .failure(error) }
        if case .failure(let error) = result { Self.report(error, state: state) }
        await process.terminate(grace: .seconds(60))
        return try result.get()
    }

    /// Runs `body` with clients of the stack of `state`, which somebody else started and stops.
    static func attached<Result>(
        to state: String, _ ports: Ports, _ binary: PortolanBinary, _ body: (Stack) async throws -> Result
    ) async throws -> Result {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let token = Redacted(try Self.text(state + "/token").filter { !$0.isWhitespace })
        let quiet = Logger(label: "acceptance") { _ in SwiftLogNoOpLogHandler() }
        let socket = "postgresql://portolan@/portolan?host=\(state)/postgres"
        let database = try PostgresClient(configuration: PostgresConfiguration(url: socket), logger: quiet)
        defer { database.close() }
        let api = PortolanClient(baseURL: "http://127.0.0.1:\(ports.public)", token: token, fetcher: fetcher)
        return try await body(
            Stack(binary: binary, state: state, ports: ports, token: token, api: api, fetcher: fetcher, database: database))
    }

    /// The ports of a stack that is ready.
    static func readyPorts(of process: ChildProcess, state: String) async throws -> Ports {
        try await eventually(within: .seconds(240)) {
            if let status = process.exitStatus { throw Unexpected("up ended with \(status):\n\((try? text(state + ".up.log")) ?? "")") }
            return (try? ports(of: state))?.process == process.processIdentifier
        }
        return try ports(of: state)
    }

    static func ports(of state: String) throws -> Ports {
        try JSONDecoder().decode(Ports.self, from: Data(text(state + "/ports.json").utf8))
    }

    static func text(_ file: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: file) else { throw Unexpected("there is no file \(file)") }
        return String(decoding: data, as: UTF8.self)
    }

    /// The lines of a role's log, each one JSON.
    func log(_ role: String) throws -> [Substring] { try Self.text("\(state)/logs/\(role).log").split(separator: "\n") }

    private static func report(_ error: any Error, state: String) {
        print("A test beside the stack of \(state) failed: \(error)")
        for file in [state + ".up.log"] + ["api", "worker", "scheduler"].map({ "\(state)/logs/\($0).log" }) {
            let lines = ((try? text(file)) ?? "").split(separator: "\n").suffix(25)
            print("--- \(file)", lines.joined(separator: "\n"), separator: "\n")
        }
    }
}

/// Something that a test did not count on.
struct Unexpected: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
