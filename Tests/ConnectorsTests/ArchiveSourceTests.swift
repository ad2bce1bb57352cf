import Connectors
import Digests
import Domain
import EmbeddedServices
import Fetch
import FoundationEssentials
import Policy
import TestSupport
import Testing

@Suite struct `Archives as sources` {
    /// A zip with `files`, made by Python.
    private static func zip(_ files: [String: String], in folder: String) async throws -> [UInt8] {
        let path = folder + "/made.zip"
        let program = """
            import json, sys, zipfile
            with zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED) as archive:
                for key, value in sorted(json.loads(sys.argv[2]).items()): archive.writestr(key, value)
            """
        let json = String(decoding: try JSONEncoder().encode(files), as: UTF8.self)
        try await ChildProcess.run("/usr/bin/python3", arguments: ["-c", program, path, json])
        return Array(try #require(FileManager.default.contents(atPath: path)))
    }

    private static let files = [
        "index.html": "<h1>Start</h1>", "guide/intro.md": "# Intro", "guide/more.rst": "More\n====", "guide/a b.txt": "plain",
        "img/logo.png": "binary", ".buildinfo": "hidden",
    ]

    /// Serves `archive` and walks it as a source.
    private static func walk(
        _ archive: [UInt8], in folder: String, path: String = "/download/docs.zip", known: [String: KnownPage] = [:],
        visited: [PageOutcome] = [], maximumPages: Int = 500, include: [String] = [], networks: [String] = ["127.0.0.0/8"],
        intake: RecordingIntake = RecordingIntake(), handler: LoopbackHTTPServer.Handler? = nil
    ) async throws -> CrawlReport {
        let serving: LoopbackHTTPServer.Handler = { request in
            request.path == "/download/docs.zip"
                ? .bytes(archive, headers: [("content-type", "application/zip")])
                : .text("not found", status: 404)
        }
        return try await LoopbackHTTPServer.withServer(handler: handler ?? serving) { server in
            var policy = URLPolicy()
            policy.allowedNetworks = networks.compactMap { IPNetwork($0) }
            let gates = GateRegistry()
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let connector = ArchiveConnector(
                fetcher: fetcher, policy: policy, gates: gates, spool: SpoolFolder(folder + "/spool", gates: gates),
                intake: intake, work: WorkFolder(folder + "/work"), timing: .immediate)
            let location = path.hasPrefix("/") ? server.url + path : path
            let address = try connector.address(location, options: [:])
            let settings = try IngestionSettings(rootURL: address.rootURL, kind: .archive)
            let source = try connector.makeSource(settings, extractLinks: { _ in PageLinks() })
            let plan = try CrawlPlan(
                root: SiteURL(address.rootURL), maximumPages: maximumPages, include: include.map { try URLPattern($0) })
            var report = CrawlReport()
            report.summary = try await source.crawl(plan, known: { known[$0.path] }, visited: visited) { outcome, page in
                report.outcomes.append(outcome)
                if let page { report.pages.append(page) }
            }
            return report
        }
    }

    @Test func `every page of a downloaded archive is read, and the rest has its reason`() async throws {
        try await withTemporaryDirectory { folder in
            let report = try await Self.walk(try await Self.zip(Self.files, in: folder), in: folder)
            #expect(
                report.read == [
                    "/download/docs.zip/guide/a%20b.txt", "/download/docs.zip/guide/intro.md", "/download/docs.zip/guide/more.rst",
                    "/download/docs.zip/index.html",
                ])
            #expect(report.pages.map(\.contentType) == [.plain, .markdown, .plain, .html])
            #expect(report.others == ["/download/docs.zip/img/logo.png": .contentType, "/download/docs.zip/.buildinfo": .excluded])
            #expect(report.summary?.isComplete == true)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/work").isEmpty)
        }
    }

    @Test func `pages whose content is known are not read again`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(Self.files, in: folder)
            let first = try await Self.walk(archive, in: folder)
            var known: [String: KnownPage] = [:]
            for page in first.pages { known[page.url.path] = KnownPage(etag: page.etag) }
            known["/download/docs.zip/index.html"] = KnownPage(etag: "other")
            let second = try await Self.walk(archive, in: folder, known: known)
            #expect(second.read == ["/download/docs.zip/index.html"])
            #expect(second.summary?.counts[.notModified] == 3)
        }
    }

    @Test func `a walk that was interrupted goes on behind what it reported`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(Self.files, in: folder)
            try FileManager.default.createDirectory(atPath: folder + "/spool", withIntermediateDirectories: false)
            try Data(archive).write(to: URL(filePath: folder + "/spool/docs.zip"))
            let first = try await Self.walk([], in: folder, path: "docs.zip")
            let second = try await Self.walk([], in: folder, path: "docs.zip", visited: Array(first.outcomes.prefix(4)))
            #expect(second.outcomes == Array(first.outcomes.dropFirst(4)))
            #expect(second.summary == first.summary)
        }
    }

    @Test func `globs and the page cap hold`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(Self.files, in: folder)
            let report = try await Self.walk(archive, in: folder, maximumPages: 1, include: ["**/guide/**"])
            #expect(report.read == ["/download/docs.zip/guide/a%20b.txt"])
            #expect(report.outcome("/download/docs.zip/index.html")?.reason == .excluded)
            #expect(report.outcome("/download/docs.zip/guide/intro.md")?.reason == .cap)
            #expect(report.summary?.hitCap == true)
            #expect(report.summary?.isComplete == false)
        }
    }

    @Test func `the archive and its files go over their boundaries before a page is read`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(Self.files, in: folder)
            let intake = RecordingIntake()
            let report = try await Self.walk(archive, in: folder, intake: intake)
            let digest = SHA256.hash(archive).hexadecimal
            let files = intake.files.map(\.path)
            #expect(intake.crossings == ["download \(digest)", "extract \(digest)"])
            #expect(files.sorted() == ["guide/a b.txt", "guide/intro.md", "guide/more.rst", "img/logo.png", "index.html"])
            #expect(intake.files.first { $0.path == "index.html" }?.digest == SHA256.hash("<h1>Start</h1>"))
            #expect(report.pages.count == 4)
        }
    }

    @Test func `an archive of the spool folder is read by its name`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(Self.files, in: folder)
            try FileManager.default.createDirectory(atPath: folder + "/spool", withIntermediateDirectories: false)
            try Data(archive).write(to: URL(filePath: folder + "/spool/My Docs.zip"))
            let report = try await Self.walk([], in: folder, path: "My Docs.zip")
            #expect(report.pages.last?.url.description == "https://spool.invalid/My%20Docs.zip/index.html")
        }
    }

    @Test func `a hostile archive fails the job with its code and leaves nothing`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(["../evil.html": "x"], in: folder)
            let intake = RecordingIntake()
            let fault = await #expect(throws: Fault.self) { _ = try await Self.walk(archive, in: folder, intake: intake) }
            #expect(fault?.code == "E_TRAVERSAL")
            #expect(fault?.isTransient == false)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/work").isEmpty)
            let digest = SHA256.hash(archive).hexadecimal
            #expect(intake.crossings == ["download \(digest)", "refuse \(digest) E_TRAVERSAL"])
        }
    }

    @Test(arguments: [
        ("/missing.zip", ["127.0.0.0/8"], "E_HTTP_STATUS"), ("/download/docs.zip", [], "E_PRIVATE_NET"),
        ("https://spool.invalid/nothing.zip", [], "E_SPOOL"),
    ])
    func `an archive that cannot be had fails the job`(path: String, networks: [String], code: String) async throws {
        try await withTemporaryDirectory { folder in
            let fault = await #expect(throws: Fault.self) {
                _ = try await Self.walk(try await Self.zip(Self.files, in: folder), in: folder, path: path, networks: networks)
            }
            #expect(fault?.code == code)
            #expect(fault?.field == "web_url")
        }
    }

    @Test func `a redirect is followed through the gates, and the address stays`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(Self.files, in: folder)
            let report = try await Self.walk(archive, in: folder) { request in
                request.path == "/download/docs.zip"
                    ? .redirect(to: "/real.zip")
                    : .bytes(archive)
            }
            #expect(report.read.last == "/download/docs.zip/index.html")
        }
    }

    @Test func `an archive without pages fails the job, so that nothing is deleted`() async throws {
        try await withTemporaryDirectory { folder in
            let archive = try await Self.zip(["logo.png": "x"], in: folder)
            let fault = await #expect(throws: Fault.self) { _ = try await Self.walk(archive, in: folder) }
            #expect(fault?.code == "E_NO_PAGES")
        }
    }

    @Test func `a work folder that its process left is removed by the next job`() async throws {
        try await withTemporaryDirectory { folder in
            try FileManager.default.createDirectory(atPath: folder + "/work/job-left/deep", withIntermediateDirectories: true)
            _ = try await Self.walk(try await Self.zip(Self.files, in: folder), in: folder)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/work").isEmpty)
        }
    }
}
