package import FoundationEssentials
import Glibc
import Primitives

extension PrivatePostgres {
    /// What a server is made from: the files of a base backup in tar format, and the log behind it.
    package struct Recovery: Sendable {
        /// Folder with `base.tar.gz`, `pg_wal.tar.gz` and `backup_manifest`, as `pg_basebackup` writes them. It is used up.
        package var base: String
        /// Folder with segments and history files under their names; it has to stay until the server is ready.
        package var log: String
        /// The state of then; nil for the end of the log.
        package var moment: Date?
        /// The timeline to follow; nil for the newest that begins in the log of the backup's.
        package var timeline: UInt32?
        /// Longest time for the replay.
        package var limit: Duration

        package init(base: String, log: String, moment: Date?, timeline: UInt32? = nil, limit: Duration = .seconds(6 * 3600)) {
            (self.base, self.log, self.moment, self.timeline, self.limit) = (base, log, moment, timeline, limit)
        }
    }

    /// Makes a folder at `path` that only the account of the server and root can enter, with its parents: for files of a ``Recovery``.
    package static func makeFolder(_ path: String) throws {
        try FileSystem.makePrivateFolder(path, owner: try UserAccount.unprivileged())
    }

    /// Makes the data of a server in `directory` from a base backup, which is used up. They are not checked; see ``recover(directory:_:executables:)``.
    ///
    /// - Parameter directory: absolute path without data; see ``start(directory:settings:executables:)``.
    /// - Returns: the folder with the data.
    /// - Throws: ``EmbeddedServicesError`` `commandFailed` with what `tar` says, and as a start.
    package static func unpack(_ recovery: Recovery, into directory: String) async throws -> String {
        let account = try UserAccount.unprivileged()
        try FileSystem.makePrivateFolder(directory, owner: account)
        let data = "\(directory)/data"
        try FileSystem.makePrivateFolder(data, owner: account)
        for folder in [recovery.base, recovery.log] where account != .current {
            try FileSystem.give(folder, to: account)
            for name in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileSystem.give("\(folder)/\(name)", to: account)
            }
        }
        for (archive, target) in [("base.tar.gz", data), ("pg_wal.tar.gz", "\(data)/pg_wal")] {
            try await ChildProcess.run(
                "/bin/tar", arguments: ["--extract", "--gzip", "--file=\(recovery.base)/\(archive)", "--directory=\(target)"],
                environment: environment, directory: "/", user: account, limit: recovery.limit)
            try FileManager.default.removeItem(atPath: "\(recovery.base)/\(archive)")
        }
        return data
    }

    /// Starts a server on what ``unpack(_:into:)`` made, which replays the log up to the moment.
    ///
    /// - Returns: a server that accepts connections and has begun a timeline of its own; its superuser has a new password.
    /// - Throws: ``EmbeddedServicesError``: `startFailed` when the log ends before the moment, and as a start.
    package static func recover(directory: String, _ recovery: Recovery, executables: Executables? = nil) async throws -> PrivatePostgres {
        let account = try UserAccount.unprivileged()
        let data = "\(directory)/data"
        let password = (UUID().uuidString + UUID().uuidString).filter { $0 != "-" }.lowercased()
        try FileSystem.writePrivate(password + "\n", to: "\(directory)/password", owner: account)
        // Its presence is what makes the start a recovery; the server removes it at the end.
        try FileSystem.writePrivate("", to: "\(data)/recovery.signal", owner: account)
        var settings = Settings()
        settings.startLimit = recovery.limit
        settings.parameters = [
            "restore_command": "cp '\(recovery.log.replacing("'", with: "'\\''").replacing("%", with: "%%"))/%f' '%p'",
            "recovery_target_timeline": recovery.timeline.map { "\($0)" } ?? "latest", "recovery_target_action": "promote",
            // Nobody reads before the end, and so it does not matter how many connections the old server allowed.
            "hot_standby": "off",
        ]
        if let moment = recovery.moment {
            // Microseconds are all that the server knows.
            let whole = moment.timeIntervalSince1970.rounded(.down)
            let fraction = String(Int(((moment.timeIntervalSince1970 - whole) * 1_000_000).rounded()) + 1_000_000).dropFirst()
            let text = Date(timeIntervalSince1970: whole).formatted(.iso8601).dropLast()
            settings.parameters["recovery_target_time"] = "\(text).\(fraction)+00"
        }
        let server = try await start(directory: directory, settings: settings, executables: executables)
        do {
            try await server.administerPrivately("ALTER ROLE \"\(userName)\" PASSWORD '\(password)'", in: directory)
        } catch {
            await server.stop()
            throw error
        }
        return server
    }
}
