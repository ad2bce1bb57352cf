import FoundationEssentials
import Glibc
import Primitives

extension PrivatePostgres {
    /// What the server and its tools need of the environment; nothing of the caller's, whose `PG…` variables would change their behavior.
    static let environment = ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"]

    /// Ends what is left of a server whose owner crashed.
    static func endLeftovers(in directory: String) async throws {
        let data = "\(directory)/data"
        guard FileManager.default.fileExists(atPath: data) else { return }
        try await ProcessTable.end("postgres", in: data, signals: [SIGINT, SIGQUIT, SIGKILL], patience: .seconds(10))
        // The file names a process that is gone. After a restart of a container its number often belongs to another process of the
        // same account, and Postgres would refuse to start because of it.
        try? FileManager.default.removeItem(atPath: "\(data)/postmaster.pid")
    }

    /// Makes the data folder unless it is there, and returns the password of the superuser.
    static func prepareData(
        in directory: String, executables: Executables, account: UserAccount, isDurable: Bool
    ) async throws -> Redacted<String> {
        let (data, passwordFile) = ("\(directory)/data", "\(directory)/password")
        if FileManager.default.fileExists(atPath: data) {
            return Redacted(FileSystem.tail(passwordFile).filter { !$0.isWhitespace })
        }
        let password = (UUID().uuidString + UUID().uuidString).filter { $0 != "-" }.lowercased()
        try FileSystem.writePrivate(password + "\n", to: passwordFile, owner: account)
        // Made under another name, because initdb can be interrupted and a data folder must be whole or missing.
        let draft = data + ".new"
        try? FileManager.default.removeItem(atPath: draft)
        try await ChildProcess.run(
            executables.postgres("initdb"),
            arguments: [
                "--pgdata=\(draft)", "--username=\(userName)", "--pwfile=\(passwordFile)", "--encoding=UTF8", "--locale=C.UTF-8",
                "--locale-provider=builtin", "--data-checksums", "--auth-local=trust", "--auth-host=scram-sha-256", "--no-instructions",
            ] + (isDurable ? [] : ["--no-sync"]),
            environment: environment, directory: directory, user: account)
        guard unsafe rename(draft, data) == 0 else { throw EmbeddedServicesError.system("rename", errno, path: draft) }
        return Redacted(password)
    }

    /// The command line of the server. Settings are passed here and not written to the configuration file, so that they hold for an old data folder too.
    var serverArguments: [String] {
        var values = [
            "listen_addresses": settings.listening == .unixSocket ? "" : "127.0.0.1",
            "port": "\(port)",
            "unix_socket_directories": socketDirectory,
            "unix_socket_permissions": "0700",
            "shared_buffers": "\(settings.sharedBuffers.bytes >> 10)kB",
            "max_connections": "\(settings.maximumConnections)",
            "huge_pages": "off",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "logging_collector": "off",
            "log_line_prefix": "%m [%p] ",
            // Lets `ps` tell the servers of a machine apart.
            "cluster_name": "portolan",
        ]
        if !settings.isDurable {
            // Not synchronous_commit: without it the last commits are in the server's memory only, and lost with the process.
            for name in ["fsync", "full_page_writes"] { values[name] = "off" }
        }
        values.merge(settings.parameters) { _, new in new }
        return ["-D", dataDirectory] + values.sorted { $0.key < $1.key }.flatMap { ["-c", "\($0.key)=\($0.value)"] }
    }

    /// Suspends until the server accepts connections: line 8 of `postmaster.pid` then says so, which is what `pg_ctl --wait` reads.
    func waitUntilReady(_ child: ChildProcess) async throws {
        let deadline = Deadline.after(settings.startLimit)
        while true {
            if let status = child.exitStatus {
                throw EmbeddedServicesError(.startFailed, "Postgres ended with \(status) while starting", detail: FileSystem.tail(logFile))
            }
            let lines = FileSystem.tail("\(dataDirectory)/postmaster.pid").split(separator: "\n", omittingEmptySubsequences: false)
            if lines.count > 7, lines[0] == "\(child.processIdentifier)", lines[7].hasPrefix("ready") { return }
            guard !deadline.hasPassed else {
                throw EmbeddedServicesError(.timedOut, "Postgres was not ready in time", detail: FileSystem.tail(logFile))
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    /// Runs SQL through `psql` as superuser: for the few statements before there is a driver, such as making a database.
    ///
    /// - Returns: what the statements return, one row a line, columns separated by `|`, without headers.
    /// - Throws: code `commandFailed` with the server's message as detail.
    @discardableResult
    package nonisolated func administer(_ sql: String, database: String = "postgres") async throws -> String {
        try await psql("--command=\(sql)", database: database)
    }

    /// Runs SQL that holds a secret, of which neither the list of processes nor the server's log tells.
    ///
    /// - Parameter folder: a folder of the server's account, where the statement lies meanwhile.
    nonisolated func administerPrivately(_ sql: String, in folder: String) async throws {
        let file = "\(folder)/statement.sql"
        // A statement that fails is logged as it stands.
        try FileSystem.writePrivate("SET log_min_error_statement = panic; SET log_statement = none;\n\(sql);\n", to: file, owner: account)
        defer { try? FileManager.default.removeItem(atPath: file) }
        try await psql("--file=\(file)", database: "postgres")
    }

    @discardableResult
    private nonisolated func psql(_ source: String, database: String) async throws -> String {
        try await ChildProcess.run(
            executables.postgres("psql"),
            arguments: ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set=ON_ERROR_STOP=1", source],
            environment: Self.environment.merging(
                ["PGHOST": socketDirectory, "PGPORT": "\(port)", "PGUSER": Self.userName, "PGDATABASE": database]) { $1 },
            directory: "/", user: account)
    }

    /// Makes the database unless it is there.
    func createDatabase(_ name: String) async throws {
        if try await administer("SELECT 1 FROM pg_database WHERE datname = '\(name)'").isEmpty {
            try await administer("CREATE DATABASE \"\(name)\"")
        }
    }
}

/// Encodes all but the unreserved characters of RFC 3986 and the slash.
func percentEncoded(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return text.utf8.map { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x2F: String(UnicodeScalar(byte))
        default: "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }
    }.joined()
}
