import APIClient
import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import Logging
import Postgres
import Primitives
import TestSupport

/// Roles as processes of their own beside a Postgres and a Redis that the test owns, with proxies in between: whatever of it can be lost.
struct Fleet: Sendable {
    let binary: PortolanBinary
    let folder: String
    let postgres: PrivatePostgres
    let redis: PrivateRedis
    /// Between the roles and Postgres.
    let database: FaultProxy
    /// Between the roles and Redis.
    let messages: FaultProxy
    /// A client that goes past the proxy.
    let rows: PostgresClient
    let fetcher: HTTPFetcher
    static let token = Redacted("chaos-token-of-thirty-two-letters")

    /// A running role.
    struct Role: Sendable {
        let name: String
        let process: ChildProcess
        let port: Int
        let admin: Int
        let log: String
        /// Nobody else takes its ports, not even before it listens.
        let claims: [PortClaim]

        var url: String { "http://127.0.0.1:\(port)" }
        /// The lines of its log.
        var lines: [Substring] { ((try? Stack.text(log)) ?? "").split(separator: "\n") }
    }

    /// Runs `body` with servers, a migrated schema unless told otherwise, and no role yet.
    ///
    /// - Parameters:
    ///   - settings: of every role.
    ///   - parameters: of Postgres, beyond those of every test.
    static func with<Result>(
        _ settings: [String: String] = [:], parameters: [String: String] = [:], migrated: Bool = true,
        _ body: (Fleet) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            var server = TestDatabase.settings()
            server.listening = .loopback(port: 0)
            server.parameters.merge(parameters) { $1 }
            // deploy/generate/statements.py makes the list of a release from these logs.
            let recording = ProcessInfo.processInfo.environment["RECORD_STATEMENTS"]
            if recording != nil { server.parameters.merge(["log_statement": "all", "log_line_prefix": "%a| "]) { $1 } }
            let postgres = try await PrivatePostgres.start(directory: folder + "/postgres", settings: server)
            var cache = PrivateRedis.Settings()
            cache.listening = .loopback(port: 0)
            let redis = try await PrivateRedis.start(directory: folder + "/redis", settings: cache)
            let result: Swift.Result<Result, any Error>
            do {
                result = .success(
                    try await FaultProxy.with(.loopback(postgres.port)) { database in
                        try await FaultProxy.with(.loopback(redis.port)) { messages in
                            try await run(settings, migrated, folder, postgres, redis, database, messages, body)
                        }
                    })
            } catch { result = .failure(error) }
            await redis.stop()
            await postgres.stop(.immediate)
            if let recording {
                try FileManager.default.createDirectory(atPath: recording, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: folder + "/postgres/postgres.log", toPath: "\(recording)/\(UUID().uuidString).log")
            }
            return try result.get()
        }
    }

    private static func run<Result>(
        _ settings: [String: String], _ migrated: Bool, _ folder: String, _ postgres: PrivatePostgres, _ redis: PrivateRedis,
        _ database: FaultProxy, _ messages: FaultProxy, _ body: (Fleet) async throws -> Result
    ) async throws -> Result {
        func through(_ proxy: FaultProxy, _ url: String, _ port: Int) -> String {
            url.replacing("127.0.0.1:\(port)", with: "127.0.0.1:\(proxy.port)")
        }
        let own = [
            "PORTOLAN_DATABASE_URL": through(database, postgres.databaseURL(), postgres.port),
            "PORTOLAN_REDIS_URL": through(messages, redis.redisURL, redis.port), "PORTOLAN_TOKEN": token.reveal(),
            "PORTOLAN_LOG_FORMAT": "json", "PORTOLAN_ALLOWED_NETWORKS": "127.0.0.0/8", "PORTOLAN_STORAGE_URL": "file://\(folder)/storage",
            "PORTOLAN_WORK_DIR": folder + "/work", "PORTOLAN_WORKER_BACK_PRESSURE": "false",
        ]
        let binary = PortolanBinary(settings: own.merging(settings) { $1 })
        let quiet = Logger(label: "chaos") { _ in SwiftLogNoOpLogHandler() }
        let rows = try PostgresClient(configuration: PostgresConfiguration(url: postgres.databaseURL()), logger: quiet)
        defer { rows.close() }
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let fleet = Fleet(
            binary: binary, folder: folder, postgres: postgres, redis: redis, database: database, messages: messages, rows: rows,
            fetcher: fetcher)
        if migrated {
            let (status, output) = try await binary.run(["migrate"])
            guard status.isSuccess else { throw Unexpected("migrate ended with \(status): \(output)") }
        }
        return try await body(fleet)
    }

    /// Runs `body` with a process for each of `names`, all ready, and ends them afterwards.
    ///
    /// - Parameter wrapper: a program and the words before that of the product, which it becomes.
    func roles<Result>(
        _ names: [String], through wrapper: [String] = [], _ body: ([Role]) async throws -> Result
    ) async throws -> Result {
        var started: [Role] = []
        let result: Swift.Result<Result, any Error>
        do {
            for name in names { started.append(try start(name, through: wrapper)) }
            for role in started { try await eventually(within: .seconds(90)) { try await isReady(role) } }
            result = .success(try await body(started))
        } catch {
            for role in started { print("--- \(role.name)", role.lines.suffix(20).joined(separator: "\n"), separator: "\n") }
            result = .failure(error)
        }
        for role in started {
            role.process.send(SIGCONT)
            await role.process.terminate(grace: .seconds(30))
        }
        return try result.get()
    }

    /// Starts a role without waiting.
    ///
    /// - Parameter settings: of this process, beside those of every role.
    func start(_ name: String, through wrapper: [String] = [], settings: [String: String] = [:]) throws -> Role {
        let claims = [try PortClaim.of(nil), try PortClaim.of(nil)]
        let (port, admin) = (claims[0].port, claims[1].port)
        let log = "\(folder)/\(name)-\(admin).log"
        let environment = settings.merging(["PORTOLAN_PORT": "\(port)", "PORTOLAN_ADMIN_PORT": "\(admin)"]) { $1 }
        let binary = PortolanBinary(environment: binary.environment.merging(environment) { $1 })
        let process = try binary.start([name], through: wrapper, log: log)
        return Role(name: name, process: process, port: port, admin: admin, log: log, claims: claims)
    }

    /// The status of a probe; nil when nobody answers.
    func probe(_ role: Role, _ path: String) async -> Int? {
        try? await fetcher.send(FetchRequest("GET", "http://127.0.0.1:\(role.admin)\(path)", totalTimeout: .seconds(10))).status
    }

    func isReady(_ role: Role) async throws -> Bool {
        if let status = role.process.exitStatus { throw Unexpected("\(role.name) ended with \(status)") }
        return await probe(role, "/readyz") == 200
    }

    /// The same fleet, asked through another fetcher.
    func using(_ fetcher: HTTPFetcher) -> Fleet {
        Fleet(
            binary: binary, folder: folder, postgres: postgres, redis: redis, database: database, messages: messages, rows: rows,
            fetcher: fetcher)
    }

    /// A client of an api.
    func api(_ role: Role) -> PortolanClient { PortolanClient(baseURL: role.url, token: Self.token, fetcher: fetcher) }

    /// A request as it is answered, errors too.
    func ask(
        _ role: Role, _ method: String, _ path: String, json: String? = nil, headers: [String: String] = [:],
        within limit: Duration = .seconds(60)
    ) async throws -> FetchResponse {
        var request = FetchRequest(method, role.url + path, totalTimeout: limit)
        for (name, value) in headers { request.headers[name] = value }
        request.headers["Authorization"] = "Bearer \(Self.token.reveal())"
        if let json {
            request.headers["Content-Type"] = "application/json"
            request.body = Array(json.utf8)
        }
        return try await fetcher.send(request)
    }

    /// The value of a metric, summed over the series whose line holds `label`.
    func metric(_ role: Role, _ name: String, _ label: String = "") async throws -> Double {
        let text = try await fetcher.send(FetchRequest("GET", "http://127.0.0.1:\(role.admin)/metrics")).body
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
            .filter { ($0.hasPrefix(name + "{") || $0.hasPrefix(name + " ")) && $0.contains(label) }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    /// Sends a command to Redis, past the proxy, and returns what `redis-cli` prints.
    @discardableResult
    func command(_ words: String...) async throws -> String {
        let password = redis.redisURL.split(separator: "@")[0].split(separator: ":").last.map(String.init) ?? ""
        return try await ChildProcess.run(
            "/usr/bin/redis-cli", arguments: ["-s", redis.socketPath] + words, environment: ["REDISCLI_AUTH": password])
    }

    /// One number from the database.
    func number(_ sql: SQL) async throws -> Int64 { try await rows.query(sql).single().decode("n", as: Int64.self) }

    /// Suspends until a job has ended, and returns how.
    func end(of job: String) async throws -> String {
        try await eventually(within: .seconds(120)) {
            try await number("select count(*) as n from portolan.job where id::text = \(job) and finished_at is not null") == 1
        }
        return try await rows.query("select status from portolan.job where id::text = \(job)").single().decode("status", as: String.self)
    }
}
