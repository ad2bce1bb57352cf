import APIClient
import APIModel
import Domain
import EmbeddedServices
import Fetch
import FoundationEssentials
import MCP
import ObjectStorage
import Policy
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance.Recovery {
    /// A place for backups in a bucket, reached through a proxy that can go away.
    private struct Bucket: Sendable {
        let proxy: FaultProxy
        let store: S3ObjectStore
        let settings: [String: String]

        static func with<Result>(_ body: (Bucket) async throws -> Result) async throws -> Result {
            let server = try await TestObjectStorage.shared()
            let endpoint = try SiteURL(server.endpoint)
            let prefix = "backups/" + UUID().uuidString.lowercased()
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let location = S3Location(
                endpoint: endpoint, region: server.region, addressing: .path, bucket: server.bucket, prefix: prefix,
                accessKey: Redacted(server.accessKey), secretKey: Redacted(server.secretKey))
            return try await FaultProxy.with(.loopback(endpoint.port)) { proxy in
                let settings = [
                    "PORTOLAN_BACKUP_URL": "s3://\(server.bucket)/\(prefix)", "PORTOLAN_S3_ENDPOINT": "http://localhost:\(proxy.port)",
                    "PORTOLAN_S3_REGION": server.region, "PORTOLAN_S3_ACCESS_KEY": server.accessKey,
                    "PORTOLAN_S3_SECRET_KEY": server.secretKey, "PORTOLAN_BACKUP_KEY": String(repeating: "a7", count: 32),
                    "PORTOLAN_BACKUP_LOG_SECONDS": "1", "PORTOLAN_BREAKERS": "storage=8/1/1",
                ]
                return try await body(
                    Bucket(proxy: proxy, store: S3ObjectStore(location, fetcher: fetcher, gates: GateRegistry()), settings: settings))
            }
        }

        /// The keys of everything in it.
        func keys() async throws -> [String] { try await store.list(prefix: "").map(\.key) }
    }

    private struct Listed: Decodable {
        let id: String
        let is_encrypted: Bool
    }

    private static func listed(_ binary: PortolanBinary) async throws -> [Listed] {
        let (status, output) = try await binary.run(["backup", "list", "--json"])
        guard status.isSuccess else { throw Unexpected("backup list ended with \(status): \(output)") }
        return try JSONDecoder().decode([Listed].self, from: Data(output.utf8))
    }

    /// A metric of the stack's scheduler.
    private static func metric(_ stack: Stack, _ name: String, _ kind: String) async throws -> Double? {
        let address = "http://127.0.0.1:\(stack.ports.scheduler_admin)/metrics"
        let text = String(decoding: try await stack.fetcher.send(FetchRequest("GET", address)).body, as: UTF8.self)
        let line = text.split(separator: "\n").first { $0.hasPrefix("\(name){kind=\"\(kind)\"}") }
        return line?.split(separator: " ").last.flatMap { Double($0) }
    }

    @Test func `a bucket brings a moment back into an emptied place, also when it was away meanwhile`() async throws {
        try await Bucket.with { bucket in
            try await withTemporaryDirectory { folder in
                // What the machine that restores has: the bucket and the key, and nothing of the stack that was lost.
                let rescuer = PortolanBinary(settings: bucket.settings.merging(["PORTOLAN_WORK_DIR": folder + "/rescue"]) { $1 })
                let state = folder + "/state"
                let moment = try await LoopbackHTTPServer.withServer { request in
                    .html("<h1>Page \(request.path)</h1><p>What stands at \(request.path), before or after.</p>")
                } body: { site in
                    try await Stack.with(state: state, bucket.settings) { try await Self.live($0, bucket, site.url) }
                }
                try FileManager.default.removeItem(atPath: state)

                let bases = try await Self.listed(rescuer)
                #expect(!bases.isEmpty && bases.allSatisfy(\.is_encrypted))
                let (proved, proof) = try await rescuer.run(["backup", "verify", "--json"])
                #expect(proved.isSuccess, "\(proof)")
                try await Self.expectSealed(bucket)

                let text = moment.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
                for (name, options, libraries) in [
                    ("then", ["--to-time", text], ["before"]), ("newest", [], ["before", "meanwhile"]),
                ] {
                    let target = "\(folder)/\(name)"
                    let (status, output) = try await rescuer.run(["restore", "--target", target, "--json"] + options)
                    #expect(status.isSuccess, "\(output)")
                    let report = try JSONValue(parsing: Array(output.utf8))
                    #expect(report["rows"]?["documentation"]?.integerValue == libraries.count, "\(output)")
                    #expect(report["issues"] == [:], "\(output)")
                    try await Stack.with(state: target) { stack in
                        let there = try await stack.api.documentations().items
                        #expect(there.map(\.library).sorted() == libraries)
                        let found = try await stack.api.search("what stands before").items
                        #expect(found.count == libraries.count)
                        #expect(try await stack.contradictions() == [])
                    }
                }
                try await Self.expectRefusals(bucket, rescuer, folder)
            }
        }
    }

    /// Fills a stack, lets the bucket go away in between, and returns the moment before that.
    private static func live(_ stack: Stack, _ bucket: Bucket, _ site: String) async throws -> Date {
        try await eventually(within: .seconds(90)) {
            try await stack.number("select count(*) as n from portolan.backup_state where kind = 'base' and failures = 0") == 1
        }
        // A base backup tells its end in whole seconds, rounded up: a moment in the same second may lie before it.
        let recorded = Date()
        try await eventually(within: .seconds(30)) { Date().timeIntervalSince(recorded) > 2 }
        _ = try await stack.ingest(site + "/before", library: "before", depth: 0)
        let moment = try await stored(stack)
        let before = try #require(try await metric(stack, "portolan_backup_last_success_timestamp_seconds", "log"))

        bucket.proxy.turn(.refusing)
        _ = try await stack.ingest(site + "/meanwhile", library: "meanwhile", depth: 0)
        try await eventually(within: .seconds(90)) { try await metric(stack, "portolan_backup_failures", "log") ?? 0 > 0 }
        // What pages is the age of what is stored; it stands still as long as nothing is.
        let during = try #require(try await metric(stack, "portolan_backup_last_success_timestamp_seconds", "log"))
        #expect(during - before < 60)
        let reason = try await stack.database.query("select error from portolan.backup_state where kind = 'log'").single()
        let told = try reason.decode("error", as: String.self)
        #expect(told.contains("E_STORAGE") || told.contains("E_CIRCUIT_OPEN"), "\(told)")
        #expect(try stack.log("backup").contains { $0.contains("\"level\":\"error\"") })

        bucket.proxy.turn(.fair)
        _ = try await stored(stack)
        try await eventually(within: .seconds(60)) { try await metric(stack, "portolan_backup_failures", "log") == 0 }
        #expect(try await metric(stack, "portolan_backup_last_success_timestamp_seconds", "log") ?? 0 > during)
        return moment
    }

    /// Nothing that was ingested can be read in the bucket.
    private static func expectSealed(_ bucket: Bucket) async throws {
        let keys = try await bucket.keys()
        for part in ["/bases/", "/log/"] { #expect(keys.contains { $0.contains(part) }, "\(part): \(keys)") }
        try await withTemporaryDirectory { folder in
            for key in keys {
                let path = folder + "/object"
                try await bucket.store.fetch(key, to: path)
                let text = String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
                for word in ["What stands at", "portolan.section", "PostgreSQL"] { #expect(!text.contains(word), "\(key)") }
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    /// An object that was changed, one that is lost, a bucket that may not be read: each is named, and nothing is left behind.
    private static func expectRefusals(_ bucket: Bucket, _ rescuer: PortolanBinary, _ folder: String) async throws {
        let data = try #require(try await bucket.keys().first { $0.hasSuffix("/base.tar.gz") })
        let (copy, target) = (folder + "/copy", folder + "/never")
        try await bucket.store.fetch(data, to: copy)
        let whole = Array(try Data(contentsOf: URL(filePath: copy)))
        var changed = whole
        changed[changed.count / 2] ^= 1
        for content in [changed, nil] {
            if let content { _ = try await bucket.store.putBytes(content, at: data) } else { try await bucket.store.delete([data]) }
            for command in [["restore", "--target", target], ["backup", "verify"]] {
                let (status, output) = try await rescuer.run(command)
                #expect(status == .exited(1) && output.contains("E_BACKUP_DAMAGED") && output.contains(data), "\(output)")
            }
            #expect(!FileManager.default.fileExists(atPath: target))
        }
        _ = try await bucket.store.putBytes(whole, at: data)
        #expect(try await rescuer.run(["backup", "verify"]).status.isSuccess)
        let server = try await TestObjectStorage.shared()
        var other = rescuer.environment
        (other["PORTOLAN_S3_ACCESS_KEY"], other["PORTOLAN_S3_SECRET_KEY"]) = (server.otherAccessKey, server.otherSecretKey)
        let (denied, complaint) = try await PortolanBinary(environment: other).run(["restore", "--target", target])
        #expect(!denied.isSuccess && complaint.contains("E_STORAGE"), "\(complaint)")
        #expect(!FileManager.default.fileExists(atPath: target))
    }

    @Test func `a bucket that goes away in the middle of a backup leaves nothing that is taken for whole`() async throws {
        try await Bucket.with { bucket in
            try await Fleet.with(bucket.settings) { fleet in
                try await fleet.roles(["scheduler"]) { roles in
                    let take = ["backup", "take", "--json"]
                    bucket.proxy.turn(.cut(after: 1_000_000))
                    let (failed, complaint) = try await fleet.binary.run(take, within: .seconds(240))
                    #expect(bucket.proxy.wasCut)
                    // Unreachable, with what to look at, in one line.
                    #expect(
                        failed == .exited(3) && complaint.contains("E_STORAGE") && complaint.contains("PORTOLAN_S3_ENDPOINT"),
                        "\(complaint)")
                    #expect(complaint.split(separator: "\n").count == 1, "\(complaint)")
                    bucket.proxy.turn(.fair)
                    // What got there is no backup to anybody.
                    #expect(try await bucket.keys().allSatisfy { !$0.hasSuffix("manifest.json") })
                    #expect(try await Self.listed(fleet.binary).isEmpty)
                    let (nothing, told) = try await fleet.binary.run(["restore", "--target", fleet.folder + "/never"])
                    #expect(!nothing.isSuccess && told.contains("backup"), "\(told)")
                    #expect(!FileManager.default.fileExists(atPath: fleet.folder + "/never"))
                    let left = (try? FileManager.default.subpathsOfDirectory(atPath: fleet.folder + "/work/backup")) ?? []
                    #expect(left == [])
                    try await eventually { try await fleet.metric(roles[0], "portolan_backup_failures", "base") == 1 }

                    let (well, output) = try await fleet.binary.run(take)
                    #expect(well.isSuccess, "\(output)")
                    try await eventually { try await fleet.metric(roles[0], "portolan_backup_failures", "base") == 0 }
                    let age = try await fleet.metric(roles[0], "portolan_backup_last_success_timestamp_seconds", "base")
                    #expect(Date().timeIntervalSince1970 - age < 300)
                    #expect(try await fleet.metric(roles[0], "portolan_backup_size_bytes", "base") > 1_000_000)
                    try await Self.expectRetention(bucket, fleet)
                }
            }
        }
    }

    /// Of several backups of one hour the first and the newest stay, and what is let go of is gone from the bucket.
    private static func expectRetention(_ bucket: Bucket, _ fleet: Fleet) async throws {
        for _ in 0..<2 { #expect(try await fleet.binary.run(["backup", "take"]).status.isSuccess) }
        let before = try await listed(fleet.binary).map(\.id)
        #expect(before.count == 3)
        // Names begin with the time: 20260131t120000z.
        let firsts = Set(Dictionary(grouping: before) { $0.prefix(11) }.values.compactMap(\.first))
        let staying = before.filter { firsts.contains($0) || $0 == before.last }
        let (dry, plan) = try await fleet.binary.run(["backup", "prune"])
        // All stay when the hour turned between the first two.
        #expect(dry.isSuccess && (staying.count == before.count || plan.contains("would go")), "\(plan)")
        #expect(try await listed(fleet.binary).map(\.id) == before)
        #expect(try await fleet.binary.run(["backup", "prune", "--apply"]).status.isSuccess)
        #expect(try await listed(fleet.binary).map(\.id) == staying)
        let keys = try await bucket.keys()
        for id in before { #expect(keys.contains { $0.contains("/bases/\(id)/") } == staying.contains(id), "\(id)") }
    }
}
