import EmbeddedServices
import FoundationEssentials
import Primitives
import TestSupport
import Testing

@Suite struct TestSupportTests {
    /// Runs curl, so that the server is not judged by a client of its own kind.
    private func curl(_ arguments: String...) async throws -> String {
        try await ChildProcess.run("/usr/bin/curl", arguments: ["-sS", "--max-time", "20"] + arguments)
    }

    /// Other tests take another set, or fewer cases, where the data are missing: this one says so.
    @Test(
        .enabled(if: TestData.isExpected),
        arguments: [
            "docs/fastapi-delta-expected.json", "docs/fastapi-docs-0.141.1-html.tar.xz", "docs/fastapi-docs-0.137.0-html.tar.xz",
            "minilm_golden.json", "wordpiece_golden.json", "ontologies/expected-counts.json", "ontologies/negative",
            "ontologies/go-nucleus.obo",
            "ontologies/symp.2026-07.obo", "payloads/github", "payloads/notion", "payloads/confluence",
        ])
    func `the data that tests are promised are there`(path: String) throws {
        let found = try TestData.path(path)
        #expect(found.hasSuffix("/" + path))
    }

    @Test func `what is missing of the data is named`() {
        let missing = #expect(throws: TestData.Missing.self) { try TestData.path("no/such/file") }
        #expect(missing?.description.contains("/no/such/file") == true)
    }

    @Test func `each database is fresh, on one shared server, and gone afterwards`() async throws {
        let psql = try Executables.locate().postgres("psql")
        var names: Set<String> = []
        for _ in 0..<3 {
            let name = try await TestDatabase.withDatabase(extensions: ["vector"]) { url in
                try await ChildProcess.run(psql, arguments: ["-XAtqc", "CREATE TABLE t (v vector(3))", url])
                return try await ChildProcess.run(psql, arguments: ["-XAtc", "SELECT current_database()", url])
            }
            names.insert(name)
        }
        #expect(names.count == 3)
        let left = try await TestDatabase.withDatabase { url in
            try await ChildProcess.run(psql, arguments: ["-XAtc", "SELECT string_agg(datname || chr(10), '') FROM pg_database", url])
        }
        #expect(names.allSatisfy { !left.contains($0) })
    }

    @Test func `a database is dropped when the body throws`() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await TestDatabase.withDatabase { _ in throw Failure() } }
    }

    @Test func `the HTTP server answers, records and keeps connections`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            .text("\(request.method) \(request.path) \(request.query ?? "-") \(request.text) \(request["X-Test"] ?? "-")")
        } body: { server in
            let answer = try await curl("-H", "x-test: yes", "-d", "body", "\(server.url)/a?b=c", "--next", "-sS", "\(server.url)/d")
            #expect(answer == "POST /a b=c body yesGET /d -  -")
            #expect(server.requests.map(\.path) == ["/a", "/d"])
        }
    }

    @Test func `a body that is cut off, an endless one and a handler that throws look so to the client`() async throws {
        struct Failure: Error {}
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/cut":
                return .streaming(length: 1000) {
                    try await $0.write("short")
                    await $0.abort()
                }
            case "/endless":
                return .streaming {
                    while true { try await $0.write([UInt8](repeating: 65, count: 16 << 10)) }
                }
            default: throw Failure()
            }
        } body: { server in
            let cut = await #expect(throws: EmbeddedServicesError.self) { try await curl("\(server.url)/cut") }
            #expect(cut?.message == "curl failed with exit status 18")
            let endless = try await ChildProcess.run(
                "/bin/sh", arguments: ["-c", "curl -sS --max-time 20 '\(server.url)/endless' 2>/dev/null | head -c 1000000 | wc -c"])
            #expect(endless == "1000000\n")
            let status = try await curl("-o", "/dev/null", "-w", "%{http_code}", "\(server.url)/throws")
            #expect(status == "500")
            try await eventually { server.openConnections == 0 }
        }
    }

    @Test func `a static site has entity tags, dates, folders and no way out`() async throws {
        try await withTemporaryDirectory { directory in
            try FileManager.default.createDirectory(atPath: "\(directory)/site/ü", withIntermediateDirectories: true)
            try Data("<p>hi".utf8).write(to: URL(filePath: "\(directory)/site/ü/index.html"))
            try Data("secret".utf8).write(to: URL(filePath: "\(directory)/secret"))
            let site = StaticSite(folder: "\(directory)/site")
            try await LoopbackHTTPServer.withServer {
                site.respond(to: $0)
            } body: { server in
                let page = try await curl("-L", "\(server.url)/%C3%BC")
                #expect(page == "<p>hi")
                let escape = try await curl("--path-as-is", "-o", "/dev/null", "-w", "%{http_code}", "\(server.url)/%2e%2e/secret")
                #expect(escape == "404")
                let file = "\(directory)/tag"
                let codes = try await curl(
                    "--etag-save", file, "-o", "/dev/null", "-w", "%{http_code} ", "\(server.url)/%C3%BC/", "--next", "-sS",
                    "--etag-compare", file, "-o", "/dev/null", "-w", "%{http_code} ", "\(server.url)/%C3%BC/")
                #expect(codes == "200 304 ")
            }
        }
    }

    @Test func `dates are written as HTTP does`() {
        #expect(StaticSite.httpDate(Date(timeIntervalSince1970: 784_111_777)) == "Sun, 06 Nov 1994 08:49:37 GMT")
    }

    @Test func `the fake clock wakes whose time has come`() async throws {
        let (clock, woken) = (FakeClock(), Expectation())
        let early = Task {
            try await clock.sleep(for: .seconds(10))
            woken.fulfill()
        }
        let late = Task { try await clock.sleep(for: .seconds(20)) }
        try await clock.waitForSleeps(2)
        clock.advance(by: .seconds(10))
        try await woken.fulfillment()
        #expect(clock.sleepers == 1)
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        try await early.value
    }

    @Test func `an expectation that nobody fulfills ends`() async {
        let error = await #expect(throws: NotInTime.self) { try await Expectation().fulfillment(within: .milliseconds(10)) }
        #expect(error?.limit == .milliseconds(10))
    }
}
