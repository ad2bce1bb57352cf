import FoundationEssentials
import Glibc
package import Primitives

/// A Postgres server that this process owns: made, started and stopped by it, and ended by the kernel when this process dies.
///
/// The directory holds `data`, `postgres.log` and `password`. A server that survived a crash of its owner is stopped before the new one
/// starts. On the Unix socket every client is trusted, because only the owner of the 0700 folder can reach it; on a loopback port, which
/// every user of the machine can reach, clients need the generated password (SCRAM).
package actor PrivatePostgres {
    /// How to run the server.
    package struct Settings: Sendable {
        /// How clients reach it.
        package var listening = Listening.unixSocket
        /// Page cache of the server's own.
        package var sharedBuffers = ByteCount.mebibytes(128)
        /// Connections that may be open at the same time, at least 10.
        package var maximumConnections = 100
        /// Whether a commit survives a loss of power. Without it everything is faster and `kill -9` of the server still loses nothing,
        /// but a crash of the machine may ruin the data: for tests.
        package var isDurable = true
        /// More settings by their Postgres names.
        package var parameters: [String: String] = [:]
        /// How long a start may take, crash recovery included.
        package var startLimit = Duration.seconds(120)

        package init() {}
    }

    /// How to stop the server.
    package enum StopMode: Sendable {
        /// Ends all connections, then writes a checkpoint.
        case fast
        /// Ends at once; the next start recovers from the log.
        case immediate
    }

    /// The name of the superuser of the server.
    package static let userName = "portolan"

    /// The absolute path of the directory given at the start, without symbolic links.
    package nonisolated let directory: String
    /// Whom the server runs as.
    package nonisolated let account: UserAccount
    /// The TCP port; with a Unix socket it is part of the socket's name only.
    package nonisolated let port: Int
    /// The folder of the Unix socket, for `PGHOST`.
    package nonisolated let socketDirectory: String

    let executables: Executables
    let settings: Settings
    let socketFolder: SocketFolder
    nonisolated let password: Redacted<String>
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
        self.socketDirectory = socketFolder.path
        self.executables = executables
        self.settings = settings
        self.socketFolder = socketFolder
        self.password = password
        self.lock = lock
        self.claim = claim
    }

    /// Starts a server in `directory`, and makes its data first when there are none, in a way that a crash cannot leave half done.
    ///
    /// - Parameters:
    ///   - directory: absolute path; made when missing. Root's server runs as an unprivileged account, which has to be able to enter its parents.
    ///   - executables: the programs; by default the ones that `deploy/setup` installed.
    /// - Returns: a server that accepts connections.
    /// - Throws: ``EmbeddedServicesError``: `missing`, `inUse` (a living process owns the directory), `permission`, `startFailed` with the
    ///   last lines of the log, `timedOut`. A start that is cancelled or fails leaves no process behind.
    package static func start(
        directory: String, settings: Settings = Settings(), executables: Executables? = nil
    ) async throws -> PrivatePostgres {
        let executables = try executables ?? Executables.locate([.postgres])
        let account = try UserAccount.unprivileged()
        try FileSystem.requireReachable(executables.postgres("postgres"), by: account)
        try FileSystem.makePrivateFolder(directory, owner: account)
        let directory = FileSystem.resolved(directory)
        let lock = try DirectoryLock("\(directory)/lock")
        try await endLeftovers(in: directory)
        let password = try await prepareData(in: directory, executables: executables, account: account, isDurable: settings.isDurable)
        let (port, claim) = try settings.listening.choosePort(named: 5432)
        let folder = try SocketFolder(for: ".s.PGSQL.\(port).lock", in: directory, owner: account)
        let server = PrivatePostgres(
            directory: directory, account: account, port: port, executables: executables, settings: settings, socketFolder: folder,
            password: password, lock: lock, claim: claim)
        do { try await server.launch() } catch {
            folder.remove()
            throw error
        }
        return server
    }

    /// The address of a database on this server as a `postgresql:` URL for libpq. With a loopback port it contains the password.
    package nonisolated func databaseURL(database: String = "portolan") -> String {
        let name = percentEncoded(database)
        switch settings.listening {
        case .unixSocket: return "postgresql://\(Self.userName)@/\(name)?host=\(percentEncoded(socketDirectory))"
        case .loopback: return "postgresql://\(Self.userName):\(password.reveal())@127.0.0.1:\(port)/\(name)"
        }
    }

    /// The main process; nil while the server is down.
    package var processIdentifier: Int32? {
        guard let process, process.exitStatus == nil else { return nil }
        return process.processIdentifier
    }

    /// Suspends until the server has ended, whoever ended it; returns at once while it is down.
    ///
    /// - Throws: `CancellationError`; the server runs on.
    package func waitForExit() async throws { _ = try await process?.wait() }

    /// Stops the server and waits until no process of it is left; escalates to `immediate` after 20 seconds, then to `kill -9`.
    /// Does nothing when it is down. Works in a cancelled task.
    package func stop(_ mode: StopMode = .fast) async {
        defer {
            process = nil
            socketFolder.remove()
            lock = nil
        }
        guard let process else { return }
        if mode == .fast {
            process.send(SIGINT)
            // A task of its own does not inherit cancellation.
            _ = await Task { await process.wait(atMost: .seconds(20)) }.value
        }
        await process.terminate(SIGQUIT, grace: .seconds(10))
        await endStragglers()
    }

    /// Kills every process of the server with signal 9, as a crash of the machine would.
    package func kill() async {
        guard let process else { return }
        process.send(SIGKILL)
        for identifier in ProcessTable.identifiers(of: "postgres", in: dataDirectory) { Glibc.kill(identifier, SIGKILL) }
        await process.terminate(SIGKILL)
        await endStragglers()
        self.process = nil
    }

    /// Starts the server again with the same address, after stopping it if it still runs.
    ///
    /// - Throws: as ``start(directory:settings:executables:)``.
    package func restart() async throws {
        if processIdentifier != nil { await stop() }
        try await launch()
    }

    nonisolated var dataDirectory: String { "\(directory)/data" }
    nonisolated var logFile: String { "\(directory)/postgres.log" }

    private func launch() async throws {
        if lock == nil { lock = try DirectoryLock("\(directory)/lock") }
        try socketFolder.restore()
        try FileSystem.rotate(logFile)
        let child = try ChildProcess.start(
            executables.postgres("postgres"), arguments: serverArguments, environment: Self.environment, directory: dataDirectory,
            output: .file(logFile), user: account, parentDeathSignal: settings.isDurable ? SIGINT : SIGQUIT)
        process = child
        do {
            try await waitUntilReady(child)
            try await createDatabase("portolan")
        } catch {
            await child.terminate(SIGQUIT)
            await endStragglers()
            process = nil
            throw error
        }
    }

    private func endStragglers() async {
        // A failure here cannot be helped and shows at the next start, which does the same and reports it.
        await Task { [dataDirectory] in
            try? await ProcessTable.end("postgres", in: dataDirectory, signals: [0, SIGKILL], patience: .seconds(2))
        }.value
    }
}
