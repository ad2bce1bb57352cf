import APIModel
import Primitives
import TestSupport
import Testing

@testable import portolan

@Suite struct ClientCommandTests {
    /// Nothing listens there. The port of a server that has stopped would not do: another test's server may get it at once.
    private static let nobody = "http://127.0.0.1:1"

    private func run(
        _ arguments: String..., isInteractive: Bool = false, answers: @escaping LoopbackHTTPServer.Handler
    ) async throws -> (run: Invocation, requests: [HTTPServerRequest]) {
        try await LoopbackHTTPServer.withServer(handler: answers) { server in
            let environment = ["PORTOLAN_URL": server.url, "PORTOLAN_TOKEN": "secret"]
            let run = await Invocation.run(arguments, environment: environment, isInteractive: isInteractive)
            return (run, server.requests)
        }
    }

    @Test func `Jobs are listed as a table, and the rest is announced`() async throws {
        let list = JobList(items: [Samples.completed(), Samples.failed()], total: 5, skip: 1, limit: 2)
        let (run, requests) = try await run("ingest", "list", "--skip", "1", "--limit", "2", "--status", "completed") { _ in
            .json(try Samples.json(list))
        }
        #expect(run.code == 0)
        #expect(
            run.output == """
                JOB    STATUS       %  PAGES  CHANGED  LIBRARY  VERSION  CREATED (UTC)        URL
                job-1  COMPLETED  100      4        5  fastapi  0.141.1  2025-12-31 23:59:59  https://docs.example.org/
                job-1  FAILED      10      3        0  fastapi  0.141.1  2025-12-31 23:59:59  https://docs.example.org/

                """)
        #expect(run.diagnostics == "2 of 5 jobs; --skip 3 shows the next.\n")
        #expect(requests.map(\.target) == ["/v1/documentation/ingestion?status=COMPLETED&skip=1&limit=2"])
        #expect(requests.first?["Authorization"] == "Bearer secret")
        #expect(requests.first?["User-Agent"] == "Portolan/\(Portolan.version)")
    }

    @Test func `An empty list says so beside the output`() async throws {
        let jobs = try await run("ingest", "list") { _ in .json(#"{"items":[],"total":0,"skip":0,"limit":100}"#) }
        #expect(jobs.run.code == 0 && jobs.run.output == "" && jobs.run.diagnostics == "No jobs.\n")
        let docs = try await run("docs", "list") { _ in .json(#"{"items":[],"meta":{"total":0,"limit":20,"offset":0}}"#) }
        #expect(docs.run.code == 0 && docs.run.output == "" && docs.run.diagnostics == "No documentations.\n")
    }

    @Test(arguments: [
        ["ingest", "list"], ["ingest", "status", "job-1"], ["ingest", "stop", "job-1"], ["ingest", "run", "https://a.example"],
        ["docs", "list"], ["docs", "tree", "d"], ["docs", "show", "d", "/tutorial"], ["docs", "search", "fastapi", "dev"],
    ])
    func `With --json the API's JSON is printed and nothing else`(arguments: [String]) async throws {
        let body = try Self.body(for: arguments)
        try await LoopbackHTTPServer.withServer(handler: { _ in .json(body) }) { server in
            let run = await Invocation.run(arguments + ["--json", "--url", server.url])
            #expect(run.code == 0 && run.output == body + "\n" && run.diagnostics == "")
        }
    }

    private static func body(for arguments: [String]) throws -> String {
        switch arguments[0...1].joined(separator: " ") {
        case "ingest list": try Samples.json(JobList(items: [Samples.job()], total: 2, skip: 0, limit: 1))
        case "ingest run":
            try Samples.json(
                StartIngestionResponse(
                    jobID: "job-1", documentationID: "d", library: "l", version: "v", status: .pending, correlationID: "c"))
        case "docs list": try Samples.json(DocumentationList(items: [Samples.summary], meta: PageMeta(total: 2, limit: 1, offset: 0)))
        case "docs tree": try Samples.json(Samples.tree)
        case "docs show": try Samples.json(Samples.content)
        case "docs search": try Samples.json(Samples.search)
        default: try Samples.json(Samples.completed())
        }
    }

    @Test func `The state of a job is shown, and stopping shows it too`() async throws {
        let status = try await run("ingest", "status", "job/1") { _ in .json(try Samples.json(Samples.completed())) }
        #expect(status.run.code == 0 && status.run.output == JobReport.facts(Samples.completed()))
        #expect(status.requests.map(\.target) == ["/v1/documentation/ingestion/job%2F1"])
        let stop = try await run("ingest", "stop", "job-1") { _ in .json(try Samples.json(Samples.job())) }
        #expect(stop.run.code == 0 && stop.run.output.contains("CRAWLING"))
        #expect(stop.requests.first?.method == "POST" && stop.requests.first?.text == #"{"job_id":"job-1"}"#)
    }

    @Test func `An ingestion is asked for with everything that was given`() async throws {
        let body = try Self.body(for: ["ingest", "run"])
        let (run, requests) = try await run(
            "ingest", "run", "https://a.example/docs", "--depth", "0", "--include", "*/a", "--exclude", "*/b", "--library", "l",
            "--version", "v"
        ) { _ in .json(body, status: 202) }
        #expect(run.code == 0 && run.diagnostics == "'portolan ingest tail job-1' follows the job.\n")
        #expect(run.output.hasPrefix("Job            job-1\nDocumentation  d\nLibrary        l v\nStatus         PENDING\n"))
        #expect(
            requests.map(\.text) == [
                #"{"crawl_depth":0,"exclude_patterns":["*/b"],"include_patterns":["*/a"],"library":"l","version":"v","#
                    + #""web_url":"https://a.example/docs"}"#
            ])
    }

    /// Answers the start with a job, then each question about it with the next of `jobs`.
    private static func script(_ jobs: [JobDetail]) -> LoopbackHTTPServer.Handler {
        let rest = Locked(jobs)
        return { request in
            if request.method == "POST" { return .json(try body(for: ["ingest", "run"]), status: 202) }
            let job = rest.withLock { $0.count > 1 ? $0.removeFirst() : $0[0] }
            return .json(try Samples.json(job))
        }
    }

    private static let course = [
        Samples.job(.pending, percent: 0, pages: 0), Samples.job(), Samples.job(), Samples.job(.embedding, percent: 60, pages: 4),
        Samples.completed(),
    ]

    @Test func `Waiting prints plain lines beside the output and the facts in the end`() async throws {
        let run = try await run("ingest", "run", "https://a.example", "--wait", answers: Self.script(Self.course)).run
        #expect(run.code == 0 && run.output == JobReport.facts(Samples.completed()))
        #expect(
            run.diagnostics == """
                Job job-1, library l v. Ctrl-C detaches.
                pending  0 %  0 pages  0 sections  0 vectors
                crawling  10 %  3 pages  0 sections  0 vectors
                embedding  60 %  4 pages  0 sections  0 vectors
                completed  100 %  4 pages  7 sections  10 vectors

                """)
    }

    @Test func `Waiting on a terminal draws a bar`() async throws {
        let run = try await run(
            "ingest", "run", "https://a.example", "--wait", "--json", isInteractive: true, answers: Self.script(Self.course)
        ).run
        #expect(try run.code == 0 && run.output == Samples.json(Samples.completed()) + "\n")
        #expect(run.diagnostics.split(separator: "\r").count == 5)
        #expect(run.diagnostics.contains("\u{1B}[Kembedding [") && run.diagnostics.hasSuffix("10 vectors\n"))
    }

    @Test func `A job is tailed as lines, or as JSON`() async throws {
        let lines = try await run("ingest", "tail", "job-1", answers: Self.script(Self.course)).run
        #expect(lines.code == 0 && lines.diagnostics == "" && lines.output.split(separator: "\n").count == 4)
        let json = try await run("ingest", "tail", "job-1", "--json", isInteractive: true, answers: Self.script(Self.course)).run
        let expected = try [Self.course[0], Self.course[1], Self.course[3], Self.course[4]].map { try Samples.json($0) + "\n" }.joined()
        #expect(json.code == 0 && json.output == expected && json.diagnostics == "")
    }

    @Test func `A job that fails ends the wait with 1, its reason and its hint`() async throws {
        for arguments in [["ingest", "tail", "job-1"], ["ingest", "run", "https://a.example", "--wait", "--json"]] {
            try await LoopbackHTTPServer.withServer(handler: Self.script([Samples.job(), Samples.failed()])) { server in
                let run = await Invocation.run(arguments + ["--url", server.url])
                #expect(run.code == 1)
                #expect(
                    run.diagnostics.hasSuffix("portolan: The job job-1 failed: The host has no address (E_DNS_FAIL) Check the name.\n"))
            }
        }
    }

    @Test func `A job that is stopped ends the wait with 1`() async throws {
        let run = try await run("ingest", "tail", "job-1", answers: Self.script([Samples.job(.stopped)])).run
        #expect(run.code == 1 && run.diagnostics == "portolan: The job job-1 was stopped.\n")
    }

    @Test(arguments: [true, false])
    func `Ctrl-C detaches, says so and leaves the job alone`(isInteractive: Bool) async throws {
        let asked = Expectation()
        try await LoopbackHTTPServer.withServer { request in
            if request.method == "GET" { asked.fulfill() }
            return .json(try request.method == "GET" ? Samples.json(Samples.job()) : Self.body(for: ["ingest", "run"]))
        } body: { server in
            let run = await Invocation.run(
                ["ingest", "run", "https://a.example", "--wait", "--url", server.url], isInteractive: isInteractive,
                untilInterrupted: { try? await asked.fulfillment(3) })
            #expect(run.code == 130 && run.output == "")
            #expect(run.diagnostics.contains("\nportolan: Detached; the job job-1 goes on. 'portolan ingest tail job-1' follows it,"))
            #expect(!server.requests.contains { $0.path.hasSuffix("/stop") })
        }
    }

    @Test func `A server that stumbles is asked again`() async throws {
        let answers = Locked([503, 200, 429, 502, 200])
        let run = try await run("ingest", "tail", "job-1") { _ in
            let status = answers.withLock { $0.removeFirst() }
            let job = answers.withLock(\.isEmpty) ? Samples.completed() : Samples.job()
            return status == 200 ? .json(try Samples.json(job)) : .status(status)
        }.run
        #expect(run.code == 0 && run.output.split(separator: "\n").count == 2)
        #expect(
            run.diagnostics == """
                The server answered with status 503. Trying again.
                The server answered with status 429. Trying again.

                """)
    }

    @Test func `A server that stays away ends the wait with 3, an unknown job with 1`() async throws {
        let url = Self.nobody
        let away = await Invocation.run(["ingest", "tail", "job-1", "--url", url])
        #expect(away.code == 3 && away.diagnostics.contains("Trying again.\nportolan: \(url) cannot be reached"))
        let unknown = try await run("ingest", "tail", "job-1") { _ in .status(404) }
        #expect(unknown.run.code == 1 && unknown.requests.count == 1)
    }

    @Test func `An error while a bar is drawn begins on a line of its own`() async throws {
        let asked = Locked(0)
        let run = try await run("ingest", "tail", "job-1", isInteractive: true) { _ in
            asked.withLock { $0 += 1 }
            return asked.withLock { $0 } == 1 ? .json(try Samples.json(Samples.job())) : .status(404)
        }.run
        #expect(run.code == 1 && run.diagnostics.hasSuffix("0 vectors\nportolan: The server answered with status 404.\n"))
    }

    @Test func `A report has all pages, then the facts`() async throws {
        let handler: LoopbackHTTPServer.Handler = { request in
            guard request.path == "/v1/jobs/job-1/pages" else {
                return .json(try Samples.json(JobReportDetail(job: Samples.completed(), verification: Samples.verification)))
            }
            let offset = request.query?.contains("offset=2") == true ? 2 : 0
            let items = offset == 0 ? Array(Samples.outcomes.prefix(2)) : Array(Samples.outcomes.dropFirst(2))
            return .json(try Samples.json(PageOutcomeList(items: items, meta: PageMeta(total: 3, limit: 2, offset: offset))))
        }
        let text = try await run("ingest", "report", "job-1", answers: handler)
        #expect(text.run.code == 0 && text.run.diagnostics == "")
        #expect(
            text.run.output == JobReport.outcomes(Samples.outcomes) + "\n" + JobReport.facts(Samples.completed()) + "\n"
                + VerificationText.text(Samples.verification))
        #expect(text.run.output.contains("not ready for queries") && text.run.output.contains("(E_VERIFY_CHUNKS)"))
        #expect(
            text.requests.dropFirst().map(\.target) == [
                "/v1/jobs/job-1/pages?limit=1000&offset=0", "/v1/jobs/job-1/pages?limit=1000&offset=2",
            ])
        let json = try await run("ingest", "report", "job-1", "--json", "--outcome", "failed", answers: handler)
        let (job, pages) = (try Samples.json(Samples.completed()), try Samples.json(Samples.outcomes))
        #expect(json.run.output == "{\"job\":\(job),\"pages\":\(pages),\"verification\":\(try Samples.json(Samples.verification))}\n")
        #expect(json.requests.last?.target == "/v1/jobs/job-1/pages?outcome=failed&limit=1000&offset=2")
    }

    @Test func `A report can be made anew, and be had as Markdown`() async throws {
        let (run, requests) = try await run("ingest", "report", "job-1", "--verify", "--markdown") { request in
            request.method == "POST"
                ? .json(try Samples.json(Samples.verification)) : .text("# Verification", type: "text/markdown; charset=utf-8")
        }
        #expect(run.code == 0 && run.output == "# Verification")
        #expect(requests.map(\.target) == ["/v1/jobs/job-1/verification", "/v1/jobs/job-1/report?format=markdown"])
    }

    @Test func `Documentations are listed as a table`() async throws {
        let list = DocumentationList(items: [Samples.summary], meta: PageMeta(total: 3, limit: 1, offset: 1))
        let (run, requests) = try await run("docs", "list", "--offset", "1") { _ in .json(try Samples.json(list)) }
        #expect(
            run.output == """
                DOCUMENTATION                         LIBRARY  VERSION  SECTIONS  LAST JOB   SYNCED (UTC)         TITLE    URL
                01890a5d-ac96-774b-bcce-b302099a8057  fastapi  0.141.1        42  COMPLETED  2025-12-31 23:59:59  FastAPI  https://docs.example.org/

                """)
        #expect(run.code == 0 && run.diagnostics == "1 of 3 documentations; --offset 2 shows the next.\n")
        #expect(requests.map(\.target) == ["/v1/documentation?offset=1"])
    }

    @Test func `A tree is drawn, and an empty one says so`() async throws {
        let tree = try await run("docs", "tree", "d", "--path", "/", "--depth", "3") { _ in .json(try Samples.json(Samples.tree)) }
        #expect(tree.run.code == 0 && tree.run.output == TreeDrawing.text(Samples.tree.nodes))
        #expect(tree.requests.map(\.target) == ["/v1/documentation/d/tree?path=%2F&depth=3"])
        let empty = try await run("docs", "tree", "d") { _ in .json(#"{"documentation_id":"d","nodes":[],"truncated":false}"#) }
        #expect(empty.run.code == 0 && empty.run.output == "" && empty.run.diagnostics == "No sections.\n")
        let cut = try await run("docs", "tree", "d") { _ in
            .json(#"{"documentation_id":"d","nodes":[{"path":"/","title":"t","uri":"u","children":[]}],"truncated":true}"#)
        }
        #expect(cut.run.code == 0 && cut.run.diagnostics.contains("--path"))
    }

    @Test(arguments: [
        ["portolan://documentation/\(Samples.documentation)/section/tutorial"], [Samples.documentation, "/tutorial"],
    ])
    func `A section is printed as Markdown, found by address or by path`(reference: [String]) async throws {
        var content = Samples.content
        content.isTruncated = true
        let body = try Samples.json(content)
        try await LoopbackHTTPServer.withServer(handler: { _ in .json(body) }) { server in
            let run = await Invocation.run(["docs", "show"] + reference + ["--url", server.url, "--max-tokens", "100"])
            #expect(run.code == 0 && run.output == "# Tutorial\n\nUse `fastapi dev`.\n\tindented[31m\n")
            #expect(run.diagnostics == "The content is cut at the token limit.\n")
            let target = "/v1/documentation/\(Samples.documentation)/content?path=%2Ftutorial&max_tokens=100"
            #expect(server.requests.map(\.target) == [target])
        }
    }

    @Test func `Results of a search are ranked, and the next page is announced`() async throws {
        let (run, requests) = try await run("docs", "search", "fastapi", "dev", "--limit", "2", "--library", "fastapi") { _ in
            .json(try Samples.json(Samples.search))
        }
        #expect(run.code == 0 && run.output == SearchResults.text(Samples.search, width: 80))
        #expect(run.diagnostics == "--cursor abc shows the next results.\n")
        #expect(requests.map(\.target) == ["/v1/search?q=fastapi%20dev&library=fastapi&limit=2"])
    }

    @Test(arguments: [(400, 2), (401, 4), (403, 4), (404, 1), (409, 1), (422, 2), (429, 4), (500, 1), (503, 1)] as [(Int, Int32)])
    func `A refusal becomes an exit code and one line in the server's words`(status: Int, code: Int32) async throws {
        let problem = Problem(
            .validation, code: "E_TEST", message: "It is\nno good.", status: status, timestamp: Samples.date,
            details: ["field": "web_url"], recoverySuggestion: "Do better.", requestID: "r-1")
        let (run, _) = try await run("ingest", "run", "https://a.example") { _ in
            .text(try Samples.json(problem), type: Problem.mediaType, status: status)
        }
        #expect(run.code == code && run.output == "")
        #expect(run.diagnostics == "portolan: It is no good. (web_url) Do better. (request r-1)\n")
    }

    @Test func `Without a token a refusal says where one comes from`() async throws {
        try await LoopbackHTTPServer.withServer(handler: { _ in .status(401) }) { server in
            let run = await Invocation.run(["docs", "list", "--url", server.url])
            #expect(run.code == 4 && run.diagnostics.hasPrefix("No token was sent: set PORTOLAN_TOKEN"))
            #expect(server.requests.first?["Authorization"] == nil)
        }
    }

    @Test func `A server that is away ends with 3 and a hint`() async {
        let url = Self.nobody
        let run = await Invocation.run(["ingest", "status", "j", "--url", url])
        #expect(run.code == 3 && run.output == "" && run.diagnostics.hasPrefix("portolan: \(url) cannot be reached"))
        #expect(run.diagnostics.hasSuffix("'portolan up' starts a local stack; --url or PORTOLAN_URL name another.\n"))
    }

    @Test func `A reply that makes no sense ends with 1`() async throws {
        let run = try await run("ingest", "status", "j") { _ in .html("<html>") }.run
        #expect(run.code == 1 && run.diagnostics.contains("is not what this version expects"))
    }
}
