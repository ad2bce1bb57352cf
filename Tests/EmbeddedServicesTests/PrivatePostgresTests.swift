import EmbeddedServices
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite struct PrivatePostgresTests {
    @Test func `a new server has a database, checksums, UTF-8 and pgvector`() async throws {
        try await TestDatabase.withServer { server in
            #expect(try await server.administer("SHOW data_checksums") == "on\n")
            #expect(try await server.administer("SHOW server_encoding", database: "portolan") == "UTF8\n")
            try await server.administer("CREATE EXTENSION vector", database: "portolan")
            #expect(try await server.administer("SELECT '[1,2]'::vector <-> '[1,3]'", database: "portolan") == "1\n")
        }
    }

    @Test func `the server never runs as root and its folder is closed to others`() async throws {
        try await TestDatabase.withServer { server in
            let identifier = try #require(await server.processIdentifier)
            #expect(ProcessFacts.user(of: identifier) == Int(server.account.user))
            #expect(ProcessFacts.user(of: identifier) != 0)
            #expect(ProcessFacts.mode(of: server.directory) == 0o700)
            #expect(ProcessFacts.mode(of: "\(server.directory)/password") == 0o600)
        }
    }

    @Test(arguments: [PrivatePostgres.StopMode.fast, .immediate])
    func `what was committed is there after a stop and a restart`(_ mode: PrivatePostgres.StopMode) async throws {
        try await TestDatabase.withServer { server in
            try await server.administer("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)", database: "portolan")
            await server.stop(mode)
            #expect(await server.processIdentifier == nil)
            try await server.restart()
            #expect(try await server.administer("SELECT id FROM kept", database: "portolan") == "7\n")
        }
    }

    @Test func `what was committed is there after kill -9 and a restart at the same address`() async throws {
        try await TestDatabase.withServer { server in
            let (url, identifier) = (server.databaseURL(), try #require(await server.processIdentifier))
            try await server.administer("CREATE TABLE kept (id int); INSERT INTO kept VALUES (7)", database: "portolan")
            await server.kill()
            #expect(!ProcessFacts.isAlive(identifier))
            try await server.restart()
            #expect(server.databaseURL() == url)
            #expect(await server.processIdentifier != identifier)
            #expect(try await server.administer("SELECT id FROM kept", database: "portolan") == "7\n")
        }
    }

    @Test func `a second start finds the data of the first`() async throws {
        try await withTemporaryDirectory { directory in
            let first = try await PrivatePostgres.start(directory: "\(directory)/a/b", settings: TestDatabase.settings())
            try await first.administer("CREATE TABLE kept (id int)", database: "portolan")
            await first.stop()
            let second = try await PrivatePostgres.start(directory: "\(directory)/a/b", settings: TestDatabase.settings())
            #expect(try await second.administer("SELECT count(*) FROM kept", database: "portolan") == "0\n")
            await second.stop()
        }
    }

    @Test func `a directory that a living process uses is refused`() async throws {
        try await TestDatabase.withServer { server in
            let error = await #expect(throws: EmbeddedServicesError.self) {
                try await PrivatePostgres.start(directory: server.directory, settings: TestDatabase.settings())
            }
            #expect(error?.code == .inUse)
            let answer = try await server.administer("SELECT 1")
            #expect(answer == "1\n")
        }
    }

    @Test func `a server that survived the crash of its owner is replaced by the next start`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/postgres"
            try await PrivatePostgres.start(directory: path, settings: TestDatabase.settings()).stop()
            let orphan = try Orphan.startPostgres(in: path)
            let server = try await PrivatePostgres.start(directory: path, settings: TestDatabase.settings())
            #expect(!ProcessFacts.isAlive(orphan.processIdentifier))
            #expect(try await server.administer("SELECT 1") == "1\n")
            await server.stop()
        }
    }

    @Test func `a stale postmaster.pid that names a stranger of the same account does not prevent the start`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/postgres"
            let first = try await PrivatePostgres.start(directory: path, settings: TestDatabase.settings())
            await first.stop()
            let stranger = try ChildProcess.start("/bin/sleep", arguments: ["600"], user: first.account)
            try Data("\(stranger.processIdentifier)\n\(path)/data\n".utf8).write(to: URL(filePath: "\(path)/data/postmaster.pid"))
            let second = try await PrivatePostgres.start(directory: path, settings: TestDatabase.settings())
            #expect(ProcessFacts.isAlive(stranger.processIdentifier))
            await second.stop()
            await stranger.terminate()
        }
    }

    @Test func `an interrupted first start is repeated`() async throws {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(atPath: "\(directory)/postgres/data.new/base", withIntermediateDirectories: true)
            let server = try await PrivatePostgres.start(directory: "\(directory)/postgres", settings: TestDatabase.settings())
            #expect(try await server.administer("SELECT 1") == "1\n")
            await server.stop()
        }
    }

    @Test func `the kernel ends the server when its owner is killed`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/postgres"
            await #expect(processExitsWith: .signal(SIGKILL)) { [path = path as String] in
                _ = try await PrivatePostgres.start(directory: path, settings: TestDatabase.settings())
                kill(getpid(), SIGKILL)
            }
            // Either it is gone already or it is on its way.
            try await eventually { !FileManager.default.fileExists(atPath: "\(path)/.s.PGSQL.5432") }
            let server = try await PrivatePostgres.start(directory: path, settings: TestDatabase.settings())
            await server.stop()
        }
    }

    @Test func `a port on loopback asks for the password`() async throws {
        var settings = TestDatabase.settings()
        settings.listening = .loopback(port: 0)
        try await TestDatabase.withServer(settings: settings) { server in
            let psql = try Executables.locate().postgres("psql")
            let arguments = ["--no-psqlrc", "--no-password", "-Atc", "SELECT 1"]
            #expect(try await ChildProcess.run(psql, arguments: arguments + [server.databaseURL()]) == "1\n")
            let open = "postgresql://portolan@127.0.0.1:\(server.port)/portolan"
            await #expect(throws: EmbeddedServicesError.self) { try await ChildProcess.run(psql, arguments: arguments + [open]) }
        }
    }

    @Test func `a path that is too long for a socket works`() async throws {
        try await withTemporaryDirectory { directory in
            let path = "\(directory)/\(String(repeating: "long-", count: 20))/postgres"
            let server = try await PrivatePostgres.start(directory: path, settings: TestDatabase.settings())
            #expect(server.socketDirectory.utf8.count < 40)
            let psql = try Executables.locate().postgres("psql")
            #expect(try await ChildProcess.run(psql, arguments: ["-XAtc", "SELECT 1", server.databaseURL()]) == "1\n")
            try await server.restart()
            await server.stop()
            #expect(!FileManager.default.fileExists(atPath: server.socketDirectory))
        }
    }

    @Test func `a setting that Postgres refuses is reported with its log`() async throws {
        try await withTemporaryDirectory { directory in
            var draft = TestDatabase.settings()
            draft.parameters["no_such_setting"] = "1"
            let settings = draft
            let error = await #expect(throws: EmbeddedServicesError.self) {
                try await PrivatePostgres.start(directory: "\(directory)/postgres", settings: settings)
            }
            #expect(error?.code == .startFailed)
            #expect(error?.debugDescription.contains("no_such_setting") == true)
            #expect(error?.description.contains(directory) == false)
        }
    }

    @Test func `a folder that the unprivileged account cannot enter is named`() async throws {
        try await withTemporaryDirectory { directory in
            let account = try UserAccount.unprivileged()
            try #require(UserAccount.current.isSuperuser || account == .current)
            unsafe chmod(directory, UserAccount.current.isSuperuser ? 0o700 : 0o600)
            let error = await #expect(throws: EmbeddedServicesError.self) {
                try await PrivatePostgres.start(directory: "\(directory)/postgres", settings: TestDatabase.settings())
            }
            unsafe chmod(directory, 0o755)
            #expect(error?.code == .permission || error?.code == .system)
        }
    }
}
