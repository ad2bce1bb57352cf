import APIClient
import APIModel
import EmbeddedServices
import FoundationEssentials
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance {
    /// Backups of a running stack, and what comes of them.
    @Suite(.serialized) struct Recovery {
        private static let key = String(repeating: "5e", count: 32)

        private static func settings(_ folder: String) -> [String: String] {
            ["PORTOLAN_BACKUP_URL": "file://\(folder)/backup", "PORTOLAN_BACKUP_KEY": key, "PORTOLAN_BACKUP_LOG_SECONDS": "1"]
        }

        /// Suspends until everything up to now is in the backups.
        static func stored(_ stack: Stack) async throws -> Date {
            let now = Date()
            try await eventually(within: .seconds(90)) {
                try await stack.number(
                    "select count(*) as n from portolan.backup_state where kind = 'log' and succeeded_at > to_timestamp(\(now.timeIntervalSince1970))"
                )
                    == 1
            }
            return now
        }

        private struct Report: Decodable {
            let restored_to: String
            let rows: [String: Int]
            let issues: [String: Int]
        }

        @Test func `a moment comes back with everything before it and nothing after it, and only from what is whole`() async throws {
            try await withTemporaryDirectory { folder in
                let binary = PortolanBinary(settings: Self.settings(folder))
                try await LoopbackHTTPServer.withServer { request in
                    .html("<h1>Page \(request.path)</h1><p>What stands at \(request.path), before or after.</p>")
                } body: { site in
                    try await Stack.with(state: folder + "/state", Self.settings(folder)) { stack in
                        try await eventually(within: .seconds(90)) {
                            try await stack.number("select count(*) as n from portolan.backup_state where kind = 'base' and failures = 0")
                                == 1
                        }
                        // A base backup tells its end in whole seconds, rounded up: a moment in the same second may lie before it.
                        let recorded = Date()
                        try await eventually(within: .seconds(30)) { Date().timeIntervalSince(recorded) > 2 }
                        _ = try await stack.ingest(site.url + "/before", library: "before", depth: 0)
                        let moment = try await Self.stored(stack)
                        _ = try await stack.ingest(site.url + "/after", library: "after", depth: 0)
                        _ = try await Self.stored(stack)
                        try await Self.intoDatabase(stack, binary)

                        let text = moment.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                        let restore = ["restore", "--target", folder + "/then", "--to-time", text, "--json"]
                        let (status, output) = try await binary.run(restore)
                        #expect(status.isSuccess, "\(output)")
                        let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
                        #expect(report.rows["documentation"] == 1)
                        #expect(report.issues == [:])
                        // Over something, nothing is ever restored.
                        let (second, complaint) = try await binary.run(restore)
                        #expect(second == .exited(4), "\(complaint)")
                    }
                }
                try await Stack.with(state: folder + "/then") { stack in
                    let there = try await stack.api.documentations().items
                    #expect(there.map(\.library) == ["before"])
                    let found = try await stack.api.search("what stands before").items
                    #expect(found.count == 1)
                    #expect(try await stack.contradictions() == [])
                }
                try await Self.refusals(folder, binary)
            }
        }

        @Test func `what goes on after a restore to a moment is restored the next time, and a hole in its log is told`() async throws {
            try await withTemporaryDirectory { folder in
                let binary = PortolanBinary(settings: Self.settings(folder))
                try await LoopbackHTTPServer.withServer { request in
                    .html("<h1>Page \(request.path)</h1><p>What stands at \(request.path).</p>")
                } body: { site in
                    let moment = try await Stack.with(state: folder + "/first", Self.settings(folder)) { stack in
                        try await Self.based(stack, since: .distantPast)
                        _ = try await stack.ingest(site.url + "/kept", library: "kept", depth: 0)
                        let moment = try await Self.stored(stack)
                        // The future that does not happen has a base backup, too, behind the moment.
                        _ = try await stack.ingest(site.url + "/undone", library: "undone", depth: 0)
                        #expect(try await Self.backup(["take"], stack, folder).isSuccess)
                        _ = try await Self.stored(stack)
                        return moment
                    }
                    let text = moment.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                    let (first, told) = try await binary.run(["restore", "--target", folder + "/second", "--to-time", text])
                    #expect(first.isSuccess, "\(told)")
                    let begun = Date()
                    try await Stack.with(state: folder + "/second", Self.settings(folder)) { stack in
                        try await Self.based(stack, since: begun)
                        _ = try await stack.ingest(site.url + "/later", library: "later", depth: 0)
                        // Whole files of the log behind the base backup.
                        for _ in 0..<4 {
                            _ = try await stack.database.query("create table if not exists public.filler (n int)")
                            _ = try await stack.database.query("insert into public.filler select generate_series(1, 1000)")
                            _ = try await stack.database.query("select pg_switch_wal()")
                        }
                        _ = try await Self.stored(stack)
                    }
                    try await Self.expectNewest(["kept", "later"], binary, folder)
                    try await Self.expectGap(binary, folder)
                }
            }
        }

        /// Suspends until a base backup that began after `date` is stored, and the log goes on from it.
        private static func based(_ stack: Stack, since date: Date) async throws {
            try await eventually(within: .seconds(120)) {
                try await stack.number(
                    """
                    select count(*) as n from portolan.backup_state
                    where failures = 0 and succeeded_at > to_timestamp(\(date.timeIntervalSince1970.rounded()))
                    """) == 2
            }
            let recorded = Date()
            try await eventually(within: .seconds(30)) { Date().timeIntervalSince(recorded) > 2 }
        }

        /// A command on backups of the stack's database.
        private static func backup(_ words: [String], _ stack: Stack, _ folder: String) async throws -> EmbeddedServices.ExitStatus {
            var environment = PortolanBinary(settings: settings(folder)).environment
            environment["PORTOLAN_DATABASE_URL"] = "postgresql://portolan@/portolan?host=\(stack.state)/postgres"
            environment["PORTOLAN_WORK_DIR"] = folder + "/by-hand"
            let (status, output) = try await PortolanBinary(environment: environment).run(["backup"] + words)
            if !status.isSuccess { print(output) }
            return status
        }

        private static func expectNewest(_ libraries: [String], _ binary: PortolanBinary, _ folder: String) async throws {
            let (verified, proof) = try await binary.run(["backup", "verify"])
            #expect(verified.isSuccess, "\(proof)")
            let (status, output) = try await binary.run(["restore", "--target", folder + "/third", "--json"])
            #expect(status.isSuccess, "\(output)")
            try await Stack.with(state: folder + "/third") { stack in
                let there = try await stack.api.documentations().items
                #expect(there.map(\.library).sorted() == libraries)
            }
        }

        /// Without one of the last files of the log nothing newer is made up, and nothing is lost in silence.
        private static func expectGap(_ binary: PortolanBinary, _ folder: String) async throws {
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder + "/backup")
            let segments = files.filter { $0.contains("/log/00000002") && !$0.contains(".") }.sorted()
            let lost = try #require(segments.dropLast().last)
            try FileManager.default.removeItem(atPath: "\(folder)/backup/\(lost)")
            let target = folder + "/fourth"
            let (refused, complaint) = try await binary.run(["restore", "--target", target])
            #expect(refused == .exited(1) && complaint.contains("E_BACKUP_DAMAGED") && complaint.contains(lost), "\(complaint)")
            #expect(complaint.contains("--allow-gap") && !FileManager.default.fileExists(atPath: target), "\(complaint)")
            let (status, output) = try await binary.run(["restore", "--target", target, "--allow-gap", "--json"])
            #expect(status.isSuccess && output.contains(lost), "\(output)")
        }

        private static func intoDatabase(_ stack: Stack, _ binary: PortolanBinary) async throws {
            _ = try await stack.database.query("create database copy")
            let url = "postgresql://portolan@/copy?host=\(stack.state)/postgres"
            let (status, output) = try await binary.run(["restore", "--target", url, "--json"])
            #expect(status.isSuccess, "\(output)")
            let report = try JSONDecoder().decode(Report.self, from: Data(output.utf8))
            #expect(report.rows["documentation"] == 2)
            let (again, complaint) = try await binary.run(["restore", "--target", url])
            #expect(again == .exited(4), "\(complaint)")
        }

        /// One bit of one file, a file that is lost, the wrong key, a moment that nothing reaches: each is told, and nothing is left behind.
        private static func refusals(_ folder: String, _ binary: PortolanBinary) async throws {
            #expect(try await binary.run(["backup", "verify"]).status.isSuccess)
            let files = try FileManager.default.subpathsOfDirectory(atPath: folder + "/backup")
            let data = try #require(files.first { $0.hasSuffix("/base.tar.gz") })
            let path = "\(folder)/backup/\(data)"
            let whole = try Data(contentsOf: URL(filePath: path))
            var changed = whole
            changed[changed.count / 2] ^= 0x10
            let target = folder + "/never"
            for (content, code) in [(changed, "E_BACKUP_DAMAGED"), (Data(), "E_BACKUP_DAMAGED")] {
                try content.write(to: URL(filePath: path))
                for command in [["restore", "--target", target], ["backup", "verify"]] {
                    let (status, output) = try await binary.run(command)
                    #expect(status == .exited(1), "\(output)")
                    #expect(output.contains(code) && output.contains(data), "\(output)")
                }
                #expect(!FileManager.default.fileExists(atPath: target))
            }
            try whole.write(to: URL(filePath: path))
            // A drill wipes what it works on.
            #expect(try await binary.run(["drill", "--folder", folder]).status == .exited(4))
            let stranger = PortolanBinary(
                settings: settings(folder).merging(["PORTOLAN_BACKUP_KEY": String(repeating: "77", count: 32)]) { $1 })
            let (status, output) = try await stranger.run(["restore", "--target", target])
            #expect(status.isSuccess == false && output.contains("E_BACKUP_KEY"), "\(output)")
            for (time, part) in [("2020-01-01T00:00:00Z", "E_NOT_FOUND"), ("2100-01-01T00:00:00Z", "ends before")] {
                let (status, output) = try await binary.run(["restore", "--target", target, "--to-time", time])
                #expect(status == .exited(1) && output.contains(part), "\(output)")
                #expect(!FileManager.default.fileExists(atPath: target))
            }
        }
    }
}
