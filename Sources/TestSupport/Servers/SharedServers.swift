import EmbeddedServices
import Glibc
import Primitives

/// The one Postgres of this test process, started on first use and ended when the process exits.
actor SharedServers {
    static let instance = SharedServers()

    private var postgres: Task<PrivatePostgres, any Error>?

    /// The running server; the first caller starts it, the others wait for it.
    func runningPostgres() async throws -> PrivatePostgres {
        let task =
            postgres
            ?? Task {
                // Before the server, so that at exit, which runs the handlers backwards, the folder goes after it.
                let folder = try ProcessFolder.shared()
                let server = try await PrivatePostgres.start(directory: "\(folder.path)/postgres", settings: TestDatabase.settings())
                SharedServers.endAtExit(await server.processIdentifier ?? 0)
                return server
            }
        postgres = task
        return try await task.value
    }

    private static let serverAtExit = Locked<Int32>(0)

    private static func endAtExit(_ processIdentifier: Int32) {
        guard processIdentifier > 0 else { return }
        serverAtExit.withLock { $0 = processIdentifier }
        atexit {
            // The kernel would end the server a moment later anyway, but then it might still write to the folder that is being removed.
            let identifier = SharedServers.serverAtExit.withLock(\.self)
            kill(identifier, SIGQUIT)
            for _ in 0..<200 where kill(identifier, 0) == 0 { usleep(5_000) }
        }
    }
}
