import EmbeddedServices
import FoundationEssentials
import Glibc
import Primitives
import TestSupport
import Testing

extension Acceptance.Chaos {
    /// Names of servers as the resolver tells them to one process: a file that a test writes lies over its /etc/hosts.
    private struct Names: Sendable {
        static let database = "database.portolan.internal"
        static let messages = "messages.portolan.internal"
        let file: String

        func lead(to address: String) throws {
            // Written in place: the process sees this file, and would not see another one under its name.
            try Data("127.0.0.1 localhost\n\(address) \(Self.database) \(Self.messages)\n".utf8).write(to: URL(filePath: file))
        }

        /// The program and the words before the name of a role.
        var wrapper: [String] {
            let mode = geteuid() == 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"]
            return ["/usr/bin/unshare"] + mode + ["/bin/sh", "-c", "mount --bind '\(file)' /etc/hosts && exec \"$0\" \"$@\""]
        }
    }

    @Test func `servers that move to another address are found by their names again, without a restart`() async throws {
        try await Fleet.with { fleet in
            let names = Names(file: fleet.folder + "/hosts")
            try names.lead(to: "127.0.0.1")
            var environment = fleet.binary.environment
            for (key, name) in [("PORTOLAN_DATABASE_URL", Names.database), ("PORTOLAN_REDIS_URL", Names.messages)] {
                environment[key] = environment[key]?.replacing("127.0.0.1", with: name)
            }
            let named = Fleet(
                binary: PortolanBinary(environment: environment), folder: fleet.folder, postgres: fleet.postgres, redis: fleet.redis,
                database: fleet.database, messages: fleet.messages, rows: fleet.rows, fetcher: fleet.fetcher)
            try await named.roles(["worker"], through: names.wrapper) { roles in
                let worker = roles[0]
                func failures() async throws -> Double { try await fleet.metric(worker, "portolan_postgres_connect_failures_total") }
                // Where the names lead now, nobody listens.
                try names.lead(to: "127.0.0.2")
                for proxy in [fleet.database, fleet.messages] { proxy.turn(.refusing) }
                try await eventually { await fleet.probe(worker, "/readyz") == 503 }
                for proxy in [fleet.database, fleet.messages] { proxy.turn(.fair) }
                // The old address answers again, and is not asked.
                let before = try await failures()
                try await eventually { try await failures() > before + 1 }
                #expect(await fleet.probe(worker, "/readyz") == 503)
                try names.lead(to: "127.0.0.1")
                try await eventually { try await fleet.isReady(worker) }
                #expect(worker.process.exitStatus == nil)
            }
        }
    }
}
