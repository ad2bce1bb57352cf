import EmbeddedServices

/// A server that runs without an owner, as after a crash that the kernel's signal did not follow.
enum Orphan {
    /// Starts Postgres on the data in `directory` and returns at once.
    static func startPostgres(in directory: String) throws -> ChildProcess {
        try ChildProcess.start(
            Executables.locate().postgres("postgres"),
            arguments: ["-D", "\(directory)/data", "-c", "listen_addresses=", "-c", "unix_socket_directories=\(directory)"],
            directory: "\(directory)/data", output: .discarded, user: .unprivileged())
    }

    /// Starts Redis in `directory`.
    static func startRedis(in directory: String) throws -> ChildProcess {
        try ChildProcess.start(
            Executables.locate().redisServer, arguments: ["--port", "0", "--dir", directory, "--unixsocket", "\(directory)/redis.sock"],
            directory: directory, output: .discarded, user: .unprivileged())
    }
}
