import Connectors
import Domain
import FoundationEssentials
import Policy
import TestSupport
import Testing

@Suite struct `Folders as sources` {
    private static func write(_ files: [String: String], below folder: String) throws {
        for (path, text) in files {
            let whole = folder + "/" + path
            let parent = String(whole[..<(whole.lastIndex(of: "/") ?? whole.endIndex)])
            try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: URL(filePath: whole))
        }
    }

    private static func connector(_ spool: String?) -> FolderConnector {
        let gates = GateRegistry()
        return FolderConnector(spool: spool.map { SpoolFolder($0, gates: gates) }, gates: gates)
    }

    private static func walk(_ name: String, spool: String, known: [String: KnownPage] = [:]) async throws -> CrawlReport {
        let connector = connector(spool)
        let address = try connector.address(name, options: [:])
        let settings = try IngestionSettings(rootURL: address.rootURL, kind: .folder)
        let source = try connector.makeSource(settings, extractLinks: { _ in PageLinks() })
        var report = CrawlReport()
        let plan = try CrawlPlan(root: SiteURL(address.rootURL))
        report.summary = try await source.crawl(plan, known: { known[$0.path] }, visited: []) { outcome, page in
            report.outcomes.append(outcome)
            if let page { report.pages.append(page) }
        }
        return report
    }

    @Test func `pages are read, links and hidden files are not`() async throws {
        try await withTemporaryDirectory { spool in
            try Self.write(
                ["docs/index.html": "<p>x</p>", "docs/sub/page.md": "# P", "docs/.git/config": "x", "docs/a.css": "x"], below: spool)
            try FileManager.default.createSymbolicLink(atPath: spool + "/docs/out", withDestinationPath: "/etc")
            try FileManager.default.createSymbolicLink(atPath: spool + "/docs/passwd.txt", withDestinationPath: "/etc/passwd")
            let report = try await Self.walk("docs", spool: spool)
            #expect(
                report.pages.map(\.url.description) == ["https://spool.invalid/docs/index.html", "https://spool.invalid/docs/sub/page.md"])
            let others = Dictionary(report.outcomes.filter { $0.kind != .fetched }.map { ($0.url.path, $0.reason) }) { $1 }
            #expect(others == ["/docs/.git": .excluded, "/docs/a.css": .contentType, "/docs/out": .refused, "/docs/passwd.txt": .refused])
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test func `unchanged files are told by their content`() async throws {
        try await withTemporaryDirectory { spool in
            try Self.write(["docs/a.html": "a", "docs/b.html": "b"], below: spool)
            let first = try await Self.walk("docs", spool: spool)
            try Self.write(["docs/b.html": "changed"], below: spool)
            let known = Dictionary(uniqueKeysWithValues: first.pages.map { ($0.url.path, KnownPage(etag: $0.etag)) })
            let second = try await Self.walk("docs", spool: spool, known: known)
            #expect(second.read == ["/docs/b.html"])
            #expect(second.outcome("/docs/a.html")?.kind == .notModified)
        }
    }

    @Test(arguments: [
        "../etc", "/etc", "a/b", "https://spool.invalid/a%2Fb", "https://spool.invalid/..%2Fetc",
        "https://example.org/docs", ".hidden", "",
    ])
    func `nothing outside of the spool folder can be named`(location: String) {
        #expect(throws: Fault.self) { try Self.connector("/srv/spool").address(location, options: [:]) }
    }

    @Test func `a link in the spool folder is no folder`() async throws {
        try await withTemporaryDirectory { spool in
            try FileManager.default.createSymbolicLink(atPath: spool + "/etc", withDestinationPath: "/etc")
            let fault = await #expect(throws: Fault.self) { _ = try await Self.walk("etc", spool: spool) }
            #expect(fault?.code == "E_SPOOL")
        }
    }

    @Test func `without a spool folder there are no folders`() {
        let fault = #expect(throws: Fault.self) { try Self.connector(nil).address("docs", options: [:]) }
        #expect(fault?.code == "E_SPOOL")
        #expect(fault?.hint?.contains("PORTOLAN_SPOOL_DIR") == true)
    }

    @Test func `the state of a folder changes with its files`() async throws {
        try await withTemporaryDirectory { spool in
            try Self.write(["docs/sub/a.html": "a"], below: spool)
            let connector = Self.connector(spool)
            let settings = try IngestionSettings(rootURL: "https://spool.invalid/docs/", kind: .folder)
            let first = try await connector.cursor(settings)
            #expect(try await connector.cursor(settings) == first)
            try Self.write(["docs/sub/a.html": "changed"], below: spool)
            #expect(try await connector.cursor(settings) != first)
        }
    }
}

@Suite struct `Watching the spool folder` {
    private static let start = ContinuousClock.now

    private static func item(_ name: String, _ signature: String = "1", _ kind: SourceKind? = .archive) -> SpoolFolder.Item {
        SpoolFolder.Item(name: name, kind: kind, signature: signature)
    }

    private static func at(_ seconds: Double) -> ContinuousClock.Instant { start + .seconds(seconds) }

    @Test func `a renamed item is complete after three seconds`() {
        var watch = SpoolWatch()
        #expect(watch.observe([Self.item("a.zip.part", "1", nil)], now: Self.at(0)).isEmpty)
        #expect(watch.observe([Self.item("a.zip")], now: Self.at(1)).isEmpty)
        #expect(watch.observe([Self.item("a.zip")], now: Self.at(3.9)).isEmpty)
        #expect(watch.observe([Self.item("a.zip")], now: Self.at(4)).map(\.name) == ["a.zip"])
        #expect(watch.observe([Self.item("a.zip")], now: Self.at(60)).isEmpty)
    }

    @Test func `an item that is written in place must be left alone for ten seconds`() {
        var watch = SpoolWatch()
        #expect(watch.observe([Self.item("a.zip")], now: Self.at(0)).isEmpty)
        #expect(watch.observe([Self.item("a.zip", "2")], now: Self.at(8)).isEmpty)
        #expect(watch.observe([Self.item("a.zip", "2")], now: Self.at(17)).isEmpty)
        #expect(watch.observe([Self.item("a.zip", "2")], now: Self.at(18)).count == 1)
    }

    @Test func `what changes is reported again, and what comes back too`() {
        var watch = SpoolWatch(debounce: .zero, stability: .zero)
        #expect(watch.observe([Self.item("a")], now: Self.at(0)).count == 1)
        #expect(watch.observe([Self.item("a", "2")], now: Self.at(1)).count == 1)
        #expect(watch.observe([], now: Self.at(2)).isEmpty)
        #expect(watch.observe([Self.item("a", "2")], now: Self.at(3)).count == 1)
        watch.forget("a")
        #expect(watch.observe([Self.item("a", "2")], now: Self.at(4)).count == 1)
    }

    @Test func `parts and what is no source are left alone`() {
        var watch = SpoolWatch(debounce: .zero, stability: .zero)
        #expect(watch.observe([Self.item("a.part", "1", .folder), Self.item("notes.pdf", "1", nil)], now: Self.at(0)).isEmpty)
    }

    @Test func `what cannot be looked at is told once for each obstacle`() {
        var watch = SpoolWatch()
        let item = SpoolFolder.Item(name: "a", kind: nil, signature: "", obstacle: "denied")
        let fine = SpoolFolder.Item(name: "b", kind: .folder, signature: "1")
        #expect(watch.observeObstacles([item, fine]) == [item])
        #expect(watch.observeObstacles([item, fine]).isEmpty)
        #expect(watch.observeObstacles([fine]).isEmpty)
        #expect(watch.observeObstacles([item, fine]) == [item])
    }

    @Test func `items are told by kind, and a checksum by content`() async throws {
        try await withTemporaryDirectory { folder in
            try FileManager.default.createDirectory(atPath: folder + "/docs/sub", withIntermediateDirectories: true)
            try Data("a".utf8).write(to: URL(filePath: folder + "/docs/sub/a.html"))
            try Data("zip".utf8).write(to: URL(filePath: folder + "/b.tar.GZ"))
            try Data("x".utf8).write(to: URL(filePath: folder + "/c.pdf"))
            try Data("x".utf8).write(to: URL(filePath: folder + "/.d.zip"))
            let spool = SpoolFolder(folder, gates: GateRegistry())
            let items = try await spool.items()
            #expect(items.map(\.name) == ["b.tar.GZ", "c.pdf", "docs"])
            #expect(items.map(\.kind) == [.archive, nil, .folder])
            let first = try await spool.checksum("docs")
            try Data("b".utf8).write(to: URL(filePath: folder + "/docs/sub/a.html"))
            #expect(try await spool.checksum("docs") != first)
        }
    }
}
