import EmbeddedServices
import FoundationEssentials
import Postgres
import Primitives
import TestSupport
import Testing

/// TLS by libpq, through stunnel with Postgres' own negotiation: the private Postgres is built without TLS.
@Suite struct `TLS` {
    /// Runs `body` with a function that makes the URL of a server with a certificate for `hosts`.
    private func withServer(
        hosts: [String], days: Int = 2, _ body: (TestCertificates, (_ host: String, _ parameters: String) -> String) async throws -> Void
    ) async throws {
        var settings = TestDatabase.settings()
        settings.listening = .loopback(port: 0)
        try await TestDatabase.withServer(settings: settings) { server in
            try await withTemporaryDirectory { folder in
                let authorities = try await TestCertificates(directory: folder)
                let pair = try await authorities.issue("server", for: hosts, days: days, owner: .current)
                let claim = try PortClaim.of(nil)
                defer { withExtendedLifetime(claim) {} }
                let port = claim.port
                let configuration = """
                    foreground = yes
                    pid =
                    syslog = no
                    [postgres]
                    accept = 127.0.0.1:\(port)
                    connect = 127.0.0.1:\(server.port)
                    protocol = pgsql
                    cert = \(pair.certificate)
                    key = \(pair.key)

                    """
                try Data(configuration.utf8).write(to: URL(filePath: "\(folder)/stunnel.conf"))
                let stunnel = try ChildProcess.start(
                    "/usr/bin/stunnel4", arguments: ["\(folder)/stunnel.conf"], output: .file("\(folder)/stunnel.log"))
                let plain = server.databaseURL()
                let result: Result<Void, any Error>
                do {
                    try await eventually { !FreePort.isFree(port) }
                    try await body(authorities) { host, parameters in
                        plain.replacing("127.0.0.1:\(server.port)", with: "\(host):\(port)") + "?\(parameters)"
                    }
                    result = .success(())
                } catch { result = .failure(error) }
                await stunnel.terminate()
                try result.get()
            }
        }
    }

    /// The error of a first statement on `url`.
    private func failure(_ url: String) async throws -> PostgresError? {
        try await withClient(url: url) { client in
            await #expect(throws: PostgresError.self) { try await client.query("SELECT 1") }
        }
    }

    @Test func `verify-full works with the right authority, by name and by address`() async throws {
        try await withServer(hosts: ["DNS:localhost", "IP:127.0.0.1"]) { authorities, url in
            for host in ["localhost", "127.0.0.1"] {
                try await withClient(url: url(host, "sslmode=verify-full&sslrootcert=\(authorities.authorityFile)")) { client in
                    let sum = try await client.query("SELECT 1 + 1").single().decode(0, as: Int.self)
                    #expect(sum == 2)
                    let text = try await client.withTransaction { connection in
                        try await connection.query("SELECT repeat('x', 3000000)").single().decode(0, as: String.self)
                    }
                    #expect(text.utf8.count == 3_000_000)
                }
            }
        }
    }

    @Test func `verify-full refuses another authority and another host`() async throws {
        try await withServer(hosts: ["DNS:database.example"]) { authorities, url in
            let others = try await TestCertificates(
                directory: String(authorities.authorityFile.dropLast("/authority.pem".count)), name: "others")
            for (mode, file) in [("verify-full", authorities.authorityFile), ("verify-ca", others.authorityFile)] {
                let error = try await failure(url("localhost", "sslmode=\(mode)&sslrootcert=\(file)"))
                #expect(error?.code == .connection)
            }
            try await withClient(url: url("localhost", "sslmode=verify-ca&sslrootcert=\(authorities.authorityFile)")) { client in
                _ = try await client.query("SELECT 1")
            }
        }
    }

    @Test func `verify-full refuses an expired certificate`() async throws {
        try await withServer(hosts: ["DNS:localhost"], days: -1) { authorities, url in
            let error = try await failure(url("localhost", "sslmode=verify-full&sslrootcert=\(authorities.authorityFile)"))
            #expect(error?.code == .connection)
        }
    }

    @Test func `a server without TLS is refused when it is required`() async throws {
        var settings = TestDatabase.settings()
        settings.listening = .loopback(port: 0)
        try await TestDatabase.withServer(settings: settings) { server in
            let error = try await failure(server.databaseURL() + "?sslmode=require")
            #expect(error?.code == .connection)
        }
    }
}
