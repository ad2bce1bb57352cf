import FoundationEssentials
import Glibc
package import Primitives

/// A Redis server that this process owns: started and stopped by it, and ended by the kernel when this process dies.
///
/// It keeps nothing on disk unless asked: the product treats everything in Redis as something that may be lost. On the Unix socket no
/// password is needed, because only the owner of the 0700 folder can reach it; on a loopback port clients need the generated one.
package actor PrivateRedis {
    /// How to run the server.
    package struct Settings: Sendable {
        /// How clients reach it.
        package var listening = Listening.unixSocket
        /// Memory above which writes are refused; nil for no limit.
        package var maximumMemory: ByteCount?
        /// Whether every write goes to an append-only file, synchronized each second.
        package var isPersistent = false
        /// More settings by their names in `redis.conf`.
        package var parameters: [String: String] = [:]
        /// How long a start may take, loading included.
        package var startLimit = Duration.seconds(30)

        package init() {}
    }

    /// The absolute path of the directory given at the start, without symbolic links.
    package nonisolated let directory: String
    /// Whom the server runs as.
    package nonisolated let account: UserAccount
    /// The TCP port, or 0 without one.
    package nonisolated let port: Int
    /// The path of the Unix socket.
    package nonisolated let socketPath: String

    private let executables: Executables
    private let settings: Settings
    private let socketFolder: SocketFolder
    private nonisolated let password: Redacted<String>
    private var lock: DirectoryLock?
    /// Of a port that nobody asked for by its number: nobody else takes it while the server is down and comes back.
    private let claim: PortClaim?
    private var process: ChildProcess?

    private init(
        directory: String, account: UserAccount, port: Int, executables: Executables, settings: Settings, socketFolder: SocketFolder,
        password: Redacted<String>, lock: DirectoryLock, claim: PortClaim?
    ) {
        self.directory = directory
        self.account = account
        self.port = port
        self.socketPath = "\(socketFolder.path)/redis.sock"
        self.executables = executables
        self.settings = settings
        self.socketFolder = socketFolder
        self.password = password
        self.lock = lock
        self.claim = claim
    }

    /// Starts a server in `directory`; one that survived a crash of its owner is ended first.
    ///
    /// - Parameters:
    ///   - directory: absolute path; made when missing. Root's server runs as an unprivileged account, which has to be able to enter its parents.
    ///   - executables: the programs; by default the ones that `deploy/setup` installed.
    /// - Returns: a server that answers `PING`.
    /// - Throws: ``EmbeddedServicesError``: `missing`, `inUse` (a living process owns the directory), `permission`, `startFailed` with the
    ///   last lines of the log, `timedOut`. A start that is cancelled or fails leaves no process behind.
    package static func start(
        directory: String, settings: Settings = Settings(), executables: Executables? = nil
    ) async throws -> PrivateRedis {
        let executables = try executables ?? Executables.locate([.redis])
        let account = try UserAccount.unprivileged()
        try FileSystem.makePrivateFolder(directory, owner: account)
        let directory = FileSystem.resolved(directory)
        let lock = try DirectoryLock("\(directory)/lock")
        try await ProcessTable.end("redis-", in: directory, signals: [SIGTERM, SIGKILL], patience: .seconds(5))
        let (port, claim) = try settings.listening.choosePort(named: 0)
        let server = PrivateRedis(
            directory: directory, account: account, port: port, executables: executables, settings: settings,
            socketFolder: try SocketFolder(for: "redis.sock", in: directory, owner: account),
            password: Redacted(UUID().uuidString.filter { $0 != "-" }.lowercased()), lock: lock, claim: claim)
        do { try await server.launch() } catch {
            server.socketFolder.remove()
            throw error
        }
        return server
    }

    /// The address: `redis+unix:///path/redis.sock`, or `redis://:password@127.0.0.1:port`.
    package nonisolated var redisURL: String {
        switch settings.listening {
        case .unixSocket: "redis+unix://\(percentEncoded(socketPath))"
        case .loopback: "redis://:\(password.reveal())@127.0.0.1:\(port)"
        }
    }

    /// The server's process; nil while it is down.
    package var processIdentifier: Int32? {
        guard let process, process.exitStatus == nil else { return nil }
        return process.processIdentifier
    }

    /// Suspends until the server has ended, whoever ended it; returns at once while it is down.
    ///
    /// - Throws: `CancellationError`; the server runs on.
    package func waitForExit() async throws { _ = try await process?.wait() }

    /// Stops the server, with `kill -9` after 10 seconds. Does nothing when it is down. Works in a cancelled task.
    package func stop() async {
        await process?.terminate()
        process = nil
        socketFolder.remove()
        lock = nil
    }

    /// Kills the server with signal 9.
    package func kill() async {
        await process?.terminate(SIGKILL)
        process = nil
    }

    /// Starts the server again with the same address, after stopping it if it still runs. It is empty then, unless it is persistent.
    ///
    /// - Throws: as ``start(directory:settings:executables:)``.
    package func restart() async throws {
        if processIdentifier != nil { await stop() }
        try await launch()
    }

    private var logFile: String { "\(directory)/redis.log" }

    private func launch() async throws {
        if lock == nil { lock = try DirectoryLock("\(directory)/lock") }
        try socketFolder.restore()
        try FileSystem.rotate(logFile)
        // A file and not arguments, which every user of the machine can read.
        let file = "\(directory)/redis.conf"
        try FileSystem.writePrivate(configuration, to: file, owner: account)
        // A socket file that a killed server left would answer the first probes with "refused" at best.
        try? FileManager.default.removeItem(atPath: socketPath)
        let child = try ChildProcess.start(
            executables.redisServer, arguments: [file], environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"],
            directory: directory, output: .file(logFile), user: account)
        process = child
        do { try await waitUntilReady(child) } catch {
            await child.terminate(SIGKILL)
            process = nil
            throw error
        }
    }

    private var configuration: String {
        var values = [
            "port": "\(port)",
            "bind": "127.0.0.1",
            "unixsocket": "\"\(socketPath)\"",
            "unixsocketperm": "700",
            "dir": "\"\(directory)\"",
            "daemonize": "no",
            "save": "\"\"",
            "appendonly": settings.isPersistent ? "yes" : "no",
            "maxmemory-policy": "noeviction",
        ]
        if let limit = settings.maximumMemory { values["maxmemory"] = "\(limit.bytes)" }
        if settings.listening != .unixSocket { values["requirepass"] = password.reveal() }
        values.merge(settings.parameters) { _, new in new }
        return values.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)\n" }.joined()
    }

    private func waitUntilReady(_ child: ChildProcess) async throws {
        let deadline = Deadline.after(settings.startLimit)
        while true {
            if let status = child.exitStatus {
                throw EmbeddedServicesError(.startFailed, "Redis ended with \(status) while starting", detail: FileSystem.tail(logFile))
            }
            if RedisProbe.answers(socketPath) { return }
            guard !deadline.hasPassed else {
                throw EmbeddedServicesError(.timedOut, "Redis was not ready in time", detail: FileSystem.tail(logFile))
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}
