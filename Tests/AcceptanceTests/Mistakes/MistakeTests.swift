import APIClient
import APIModel
import EmbeddedServices
import FoundationEssentials
import Postgres
import TestSupport
import Testing

/// A stack without any documentation, for requests that cannot succeed.
struct BareStack: SuiteTrait, TestScoping {
    @TaskLocal static var current: Stack?

    func provideScope(for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void) async throws
    {
        try await Stack.with(["PORTOLAN_CRAWL_PAGE_TIMEOUT_SECONDS": "10"]) { stack in
            try await Self.$current.withValue(stack) { try await function() }
        }
    }
}

extension Trait where Self == BareStack {
    /// One empty stack for all tests of the suite.
    static var bareStack: Self { BareStack() }
}

extension Acceptance {
    @Suite(.bareStack, .serialized) struct Mistakes {
        /// A start address that leads nowhere, and words of which the reason has one.
        struct DeadEnd: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let path: String
            let words: [String]

            init(_ description: String, _ path: String, _ words: String...) {
                (testDescription, self.path, self.words) = (description, path, words)
            }
        }

        static let deadEnds = [
            DeadEnd("a start page that is missing", "http://SITE/missing", "does not exist"),
            DeadEnd("endless redirects", "http://SITE/again", "redirect"),
            DeadEnd("a page of 200 MB", "http://SITE/huge", "MiB"),
            DeadEnd("a server that does not speak TLS", "https://SITE/", "TLS"),
            DeadEnd("a port where nobody listens", "http://127.0.0.1:1/", "connect"),
            DeadEnd("a host that does not exist", "http://no-such-host.invalid/", "name", "host", "resolve"),
        ]

        @Test func `a job that cannot begin ends with the reason, and others go on`() async throws {
            let stack = try #require(BareStack.current)
            try await Self.withSite { site in
                // All at once, because the ones that may be a passing trouble are tried again for a while.
                var jobs: [String] = []
                for (number, end) in Self.deadEnds.enumerated() {
                    jobs.append(try await stack.start(end.path.replacing("SITE", with: site), library: "bad-\(number)"))
                }
                let good = try await stack.ingest("http://\(site)/good", library: "good", depth: 0)
                #expect(good.sectionsChanged == 1)
                for (end, job) in zip(Self.deadEnds, jobs) {
                    let failed = try await stack.ended(job)
                    #expect(failed.status == .failed, "\(end)")
                    let reason = try #require(failed.error)
                    let text = (reason.message + " " + (reason.hint ?? "")).lowercased()
                    #expect(end.words.contains { text.contains($0.lowercased()) }, "\(end): \(reason)")
                }
            }
        }

        @Test(arguments: ["http://10.1.2.3/", "http://169.254.169.254/latest/meta-data/", "http://[::1]:80/", "http://192.168.0.1/"])
        func `a private address is refused with the setting that would allow it`(address: String) async throws {
            let stack = try #require(BareStack.current)
            do {
                let failed = try await stack.ended(stack.start(address, library: "private"))
                #expect(failed.status == .failed)
                let reason = try #require(failed.error)
                #expect((reason.message + (reason.hint ?? "")).contains("PORTOLAN_ALLOWED_NETWORKS"), "\(reason)")
            } catch let error as APIClientError {
                let problem = try #require(error.problem)
                #expect(problem.details["field"] == "web_url")
                #expect((problem.message + (problem.recoverySuggestion ?? "")).contains("PORTOLAN_ALLOWED_NETWORKS"), "\(problem)")
            }
        }

        @Test func `a page of 200 MB among others costs that page only`() async throws {
            let stack = try #require(BareStack.current)
            try await Self.withSite { site in
                let job = try await stack.ingest("http://\(site)/mixed/", library: "mixed", depth: 1)
                #expect(job.pagesByOutcome["fetched"] == 4)
                let outcomes =
                    try await stack.api.pageOutcomes(job.id, outcome: "failed", limit: 10, offset: 0).items
                    + stack.api.pageOutcomes(job.id, outcome: "skipped", limit: 10, offset: 0).items
                #expect(outcomes.contains { $0.url.hasSuffix("/huge") }, "\(outcomes)")
            }
        }

        @Test func `a wrong charset and broken HTML are read as far as they go`() async throws {
            let stack = try #require(BareStack.current)
            try await Self.withSite { site in
                _ = try await stack.ingest("http://\(site)/mixed/", library: "strange", depth: 1)
                let found = try await stack.api.documentations(library: "strange", version: nil, limit: 1, offset: 0).items
                let documentation = try #require(found.first?.id)
                #expect(try await stack.api.content(documentation, path: "/mixed/latin", maxTokens: nil).content.contains("Zuordnung"))
                #expect(try await stack.api.content(documentation, path: "/mixed/klingon", maxTokens: nil).content.contains("batlh"))
                #expect(try await stack.api.content(documentation, path: "/mixed/broken", maxTokens: nil).content.contains("still text"))
            }
        }

        /// A request that is refused at once, and how.
        struct Refusal: Sendable, CustomTestStringConvertible {
            let testDescription: String
            let field: String
            let limit: String
            let change: @Sendable (inout StartIngestionRequest) -> Void
        }

        static let refusals = [
            Refusal(testDescription: "depth 11", field: "crawl_depth", limit: "10") { $0.crawlDepth = 11 },
            Refusal(testDescription: "a glob with braces", field: "include_patterns", limit: "") { $0.includePatterns = ["/{a,b}"] },
            Refusal(testDescription: "51 globs", field: "exclude_patterns", limit: "50") {
                $0.excludePatterns = (0..<51).map { "/\($0)" }
            },
            Refusal(testDescription: "an address that is none", field: "web_url", limit: "") { $0.webURL = "ftp://example.org/" },
        ]

        @Test(arguments: refusals)
        func `a request that is wrong is refused with field, limit and hint`(refusal: Refusal) async throws {
            let stack = try #require(BareStack.current)
            var request = StartIngestionRequest(webURL: "http://127.0.0.1:9/", crawlDepth: 1)
            refusal.change(&request)
            do {
                _ = try await stack.api.startIngestion(request, idempotencyKey: nil)
                Issue.record("it was accepted")
            } catch {
                #expect(error.status == 422)
                let problem = try #require(error.problem)
                #expect(problem.details["field"]?.hasPrefix(refusal.field) == true, "\(problem)")
                #expect((problem.details["limit"] ?? "").contains(refusal.limit))
                #expect(problem.recoverySuggestion?.isEmpty == false, "\(problem)")
                #expect(problem.requestID?.isEmpty == false)
            }
        }

        @Test func `an unknown job is not found`() async throws {
            let stack = try #require(BareStack.current)
            do {
                _ = try await stack.api.job(UUID().uuidString.lowercased())
                Issue.record("it was found")
            } catch { #expect(error.status == 404) }
        }

        /// Serves what no site should, and runs `body` with its host and port.
        private static func withSite(_ body: (String) async throws -> Void) async throws {
            try await LoopbackHTTPServer.withServer { request in
                switch request.path {
                case "/good": .html("<title>Good</title><h1>Good</h1><p>A page that can be read.</p>")
                case "/again": .redirect(to: "/again?\(request.target.utf8.count)")
                case "/huge", "/mixed/huge":
                    .streaming(headers: [("content-type", "text/html")]) { writer in
                        let piece = [UInt8](repeating: 0x61, count: 1 << 20)
                        for _ in 0..<200 { try await writer.write(piece) }
                    }
                case "/mixed/":
                    .html(
                        """
                        <title>Mixed</title><h1>Mixed</h1><a href="latin">1</a> <a href="klingon">2</a> <a href="broken">3</a>
                        <a href="huge">4</a>
                        """)
                case "/mixed/latin":
                    .bytes(
                        Array("<title>Latin</title><h1>Latin</h1><p>Zuordnung f".utf8) + [0xFC] + Array("r alle</p>".utf8),
                        headers: [("content-type", "text/html; charset=utf-8")])
                case "/mixed/klingon":
                    .bytes(
                        Array("<title>Klingon</title><h1>Klingon</h1><p>batlh bIHeghjaj</p>".utf8),
                        headers: [("content-type", "text/html; charset=klingon")])
                case "/mixed/broken":
                    .html("<html><body><h1>Broken</h2><div><p>one<table><tr><td>two</div><ul><li>three<p>still text <b>bold <i>both</b></i")
                default: .status(404)
                }
            } body: { server in
                try await body("127.0.0.1:\(server.port)")
            }
        }
    }
}
