import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import JobQueue
package import Logging
import Operations
import Primitives
import ServiceLifecycle

/// `portolan up`: a private Postgres and Redis, the migrations, and every role as a process of its own, until it is told to stop.
package struct EmbeddedStack: Service {
    /// What the command line says.
    package struct Options: Sendable {
        package var state: StateDirectory
        /// Public port; 0 takes a free one.
        package var port: Int
        /// What to ingest when it is not there yet; nil for nothing.
        package var source: FirstSource?

        package init(state: StateDirectory, port: Int, source: FirstSource?) {
            self.state = state
            self.port = port
            self.source = source
        }
    }

    let options: Options
    let settings: Settings
    let environment: [String: String]
    let logger: Logger

    private var address: StackAddress { StackAddress(bind: settings.bind) }

    /// - Parameter environment: what the processes inherit.
    package init(
        options: Options, settings: Settings, environment: [String: String] = ProcessInfo.processInfo.environment, logger: Logger
    ) {
        self.options = options
        self.settings = settings
        self.environment = environment
        self.logger = logger
    }

    package func run() async throws {
        let state = options.state
        try state.prepare()
        if let owner = state.owner(), owner != getpid() {
            throw StartFailure("The stack of \(state.path) runs already, as process \(owner). Stop it with `portolan down`.")
        }
        try state.write("\(getpid())\n", to: state.processIdentifier)
        defer { _ = unsafe unlink(state.processIdentifier) }
        let token = try state.token(settings.token)
        let postgres = try await startPostgres()
        let redis = try await startRedis()
        do {
            try await serve(postgres, redis, token)
        } catch {
            await redis?.stop()
            await postgres?.stop()
            throw error
        }
        await redis?.stop()
        await postgres?.stop()
        _ = unsafe unlink(state.ports)
        logger.info("stack stopped")
    }

    private func startPostgres() async throws -> PrivatePostgres? {
        if settings.databaseURL != nil { return nil }
        var server = PrivatePostgres.Settings()
        if settings.backup != nil {
            server.parameters = [
                "wal_level": "replica",
                // Of the last file of the log only its beginning is in the backups; this bounds how long that stays so.
                "archive_timeout": "60",
                // A target that is away for long must not fill the disk: beyond this the backups begin anew.
                "max_slot_wal_keep_size": "16GB",
            ]
        }
        let postgres = try await PrivatePostgres.start(directory: options.state.postgres, settings: server)
        if settings.backup == nil {
            // Left by a start with backups, it would keep the log for ever.
            try await postgres.administer(
                "select pg_drop_replication_slot(slot_name) from pg_replication_slots "
                    + "where slot_name = '\(ContinuousBackup.slot)' and not active")
        }
        return postgres
    }

    private func startRedis() async throws -> PrivateRedis? {
        if settings.redisURL != nil { return nil }
        return try await PrivateRedis.start(directory: options.state.redis)
    }

    private func serve(_ postgres: PrivatePostgres?, _ redis: PrivateRedis?, _ token: Redacted<String>) async throws {
        let database = settings.databaseURL?.reveal() ?? postgres?.databaseURL() ?? ""
        let messages = settings.redisURL?.reveal() ?? redis?.redisURL ?? ""
        var migrating = settings
        migrating.databaseURL = Redacted(database)
        migrating.redisURL = Redacted(messages)
        let outcome = try await MigrateRole.run(settings: migrating, isDryRun: false)
        let applied = outcome.migrations
        if !applied.isEmpty { logger.info("schema migrated", metadata: ["migrations": "\(applied.joined(separator: " "))"]) }

        if let problem = outcome.rolesProblem { logger.notice("database roles are not set up", metadata: ["reason": "\(problem)"]) }

        try await PortChoice(public: options.port).run { ports in
            try await serve(postgres, redis, try makeProcesses(database, messages, token, ports), ports, token)
        }
    }

    private func serve(
        _ postgres: PrivatePostgres?, _ redis: PrivateRedis?, _ processes: [StackProcess], _ ports: StackPorts, _ token: Redacted<String>
    ) async throws {
        for process in processes { try process.start() }
        do {
            try await waitUntilReady(ports, processes)
            try publish(ports, token)
            try await cancelWhenGracefulShutdown { try await attend(postgres, redis, processes, ports, token) }
        } catch is CancellationError {
        } catch {
            await stop(processes)
            throw error
        }
        await stop(processes)
    }

    /// Keeps everything running and brings the first documentation in, until cancelled.
    private func attend(
        _ postgres: PrivatePostgres?, _ redis: PrivateRedis?, _ processes: [StackProcess], _ ports: StackPorts, _ token: Redacted<String>
    ) async throws {
        let (logger, address) = (logger, address)
        await withDiscardingTaskGroup { group in
            for process in processes { group.addTask { await process.supervise() } }
            if let postgres {
                group.addTask {
                    await revive("postgres", wait: { try await postgres.waitForExit() }, restart: { try await postgres.restart() })
                }
            }
            if let redis {
                group.addTask { await revive("redis", wait: { try await redis.waitForExit() }, restart: { try await redis.restart() }) }
            }
            if let source = options.source {
                group.addTask {
                    do {
                        try await source.ingest(url: address.url(ports.public), token: token, logger: logger)
                    } catch is CancellationError {
                    } catch {
                        logger.error("the first documentation was not ingested", metadata: ["error": "\(error)"])
                    }
                }
            }
        }
    }

    private func revive(
        _ name: String, wait: @Sendable () async throws -> Void, restart: @Sendable () async throws -> Void
    ) async {
        while !Task.isCancelled {
            guard (try? await wait()) != nil, !Task.isCancelled else { return }
            logger.warning("server ended, starting it again", metadata: ["server": "\(name)"])
            do { try await restart() } catch {
                logger.error("server cannot start", metadata: ["server": "\(name)", "error": "\(error)"])
                try? await Task.sleep(for: .seconds(2))
            }
        }
    }

    // MARK: Processes

    private func makeProcesses(
        _ database: String, _ messages: String, _ token: Redacted<String>, _ ports: StackPorts
    ) throws -> [StackProcess] {
        let executable = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        var shared = environment
        shared["PORTOLAN_DATABASE_URL"] = database
        shared["PORTOLAN_REDIS_URL"] = messages
        shared["PORTOLAN_TOKEN"] = token.reveal()
        for name in ["DATABASE_URL", "REDIS_URL", "TOKEN"] { shared["PORTOLAN_\(name)_FILE"] = nil }
        shared["PORTOLAN_BIND"] = settings.bind
        shared["PORTOLAN_LOG_FORMAT"] = environment["PORTOLAN_LOG_FORMAT"] ?? "json"
        // The stack serves the one person who started it: its own machine may be crawled unless they say otherwise.
        if environment["PORTOLAN_ALLOWED_NETWORKS"] == nil { shared["PORTOLAN_ALLOWED_NETWORKS"] = "127.0.0.0/8" }
        if environment["PORTOLAN_STORAGE_URL"] == nil { shared["PORTOLAN_STORAGE_URL"] = "file://" + options.state.storage }
        if environment["PORTOLAN_WORK_DIR"] == nil { shared["PORTOLAN_WORK_DIR"] = options.state.work }
        let roles = [("api", ports.api_admin), ("worker", ports.worker_admin), ("scheduler", ports.scheduler_admin)].map { role, admin in
            var environment = shared
            environment["PORTOLAN_ADMIN_PORT"] = "\(admin)"
            environment["PORTOLAN_PORT"] = "\(ports.public)"
            return StackProcess(
                role: role, executable: executable, environment: environment, log: "\(options.state.logs)/\(role).log", logger: logger)
        }
        guard settings.backup != nil else { return roles }
        let backup = StackProcess(
            role: "backup", arguments: ["backup", "archive"], executable: executable, environment: shared,
            log: "\(options.state.logs)/backup.log", logger: logger)
        return roles + [backup]
    }

    private func waitUntilReady(_ ports: StackPorts, _ processes: [StackProcess]) async throws {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let deadline = Deadline.after(settings.startTimeout)
        for (process, port) in zip(processes, [ports.api_admin, ports.worker_admin, ports.scheduler_admin]) {
            while true {
                let reply = try? await fetcher.send(FetchRequest("GET", address.url(port) + "/readyz", totalTimeout: .seconds(2)))
                if reply?.status == 200 { break }
                try Task.checkCancellation()
                if let exit = process.exit {
                    // It could not listen: somebody was quicker.
                    let own = process.role == "api" ? [port, ports.public] : [port]
                    if let taken = own.first(where: { !FreePort.isFree($0) }) { throw PortChoice.Taken(taken) }
                    throw StartFailure(
                        "The \(process.role) ended at its start (\(exit)). Its log: \(options.state.logs)/\(process.role).log")
                }
                guard !deadline.hasPassed else {
                    throw StartFailure(
                        "The \(process.role) is not ready within \(settings.startTimeout). Its log: \(options.state.logs)/\(process.role).log"
                    )
                }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    private func publish(_ ports: StackPorts, _ token: Redacted<String>) throws {
        let state = options.state
        try state.write(
            "PORTOLAN_URL=\(address.url(ports.public))\nPORTOLAN_TOKEN=\(token.reveal())\n", to: state.clientEnvironment)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        try state.write(String(decoding: try encoder.encode(ports), as: UTF8.self) + "\n", to: state.ports)
        logger.info(
            "stack ready",
            metadata: [
                "mcp": "\(address.url(ports.public))/mcp", "rest": "\(address.url(ports.public))/v1",
                "token_file": "\(state.token)",
            ])
    }

    private func stop(_ processes: [StackProcess]) async {
        let grace = settings.shutdownGrace + .seconds(5)
        await withDiscardingTaskGroup { group in for process in processes { group.addTask { await process.stop(grace: grace) } } }
    }
}
