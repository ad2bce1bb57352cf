import EmbeddedServices
import FoundationEssentials
import Glibc
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance.Chaos {
    @Test func `a migration that fails keeps the services waiting, says why, and works when it is run again`() async throws {
        try await Fleet.with(["PORTOLAN_START_TIMEOUT_SECONDS": "120"], migrated: false) { fleet in
            try await fleet.rows.waitUntilReady(deadline: .after(.seconds(30)))
            // In the way of the last migration of the release that brought backups.
            _ = try await fleet.rows.query("create schema portolan")
            _ = try await fleet.rows.query("create table portolan.backup_state (obstacle int)")
            let api = try fleet.start("api")
            let (status, output) = try await fleet.binary.run(["migrate"])
            #expect(!status.isSuccess)
            #expect(output.contains("m0013_backup") && output.contains("backup_state"), "\(output)")
            try await eventually(within: .seconds(30)) { await fleet.probe(api, "/livez") == 200 }
            #expect(await fleet.probe(api, "/readyz") == 503)
            #expect(api.process.exitStatus == nil)
            _ = try await fleet.rows.query("drop table portolan.backup_state")
            let (again, complaint) = try await fleet.binary.run(["migrate"])
            #expect(again.isSuccess, "\(complaint)")
            try await eventually(within: .seconds(60)) { try await fleet.isReady(api) }
            await api.process.terminate(grace: .seconds(30))
        }
    }

    @Test func `a backup onto a disk that is full ends cleanly, says so, and is counted`() async throws {
        try await Fleet.with { fleet in
            let target = fleet.folder + "/small"
            try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
            // A disk of 256 KiB, for this command only.
            let mount = "mount -t tmpfs -o size=256k none '\(target)' && exec \"$0\" backup take --from 'file://\(target)'"
            let mode = geteuid() == 0 ? ["--mount"] : ["--user", "--map-root-user", "--mount"]
            let log = fleet.folder + "/backup.log"
            let child = try ChildProcess.start(
                "/usr/bin/unshare", arguments: mode + ["/bin/sh", "-c", mount, PortolanBinary.path], environment: fleet.binary.environment,
                output: .file(log))
            let status = try await child.wait()
            #expect(!status.isSuccess)
            let text = try Stack.text(log)
            #expect(text.contains("E_STORAGE") && text.contains("errno 28"), "\(text)")
            // Nothing half done, neither there nor on the way.
            #expect(try FileManager.default.subpathsOfDirectory(atPath: target) == [])
            let left = (try? FileManager.default.subpathsOfDirectory(atPath: fleet.folder + "/work/backup")) ?? []
            #expect(left.filter { !$0.hasSuffix("log") } == [])
            let state = try await fleet.rows.query("select failures::bigint as n, error from portolan.backup_state where kind = 'base'")
                .single()
            #expect(try state.decode("n", as: Int64.self) == 1)
            #expect(try state.decode("error", as: String.self).contains("errno 28"))
            try await fleet.roles(["scheduler"]) { roles in
                let failures = try await fleet.metric(roles[0], "portolan_backup_failures", "base")
                #expect(failures == 1)
            }
        }
    }
}
