import APIClient
import APIModel
import Fetch
import FoundationEssentials
import Primitives
import Testing

@Suite struct PortolanClientTests {
    private let fetcher: HTTPFetcher
    private static let job =
        #"{"id":"j","documentation_id":"d","library":"l","version":"v","web_url":"u","status":"CRAWLING","progress_percent":10,"#
        + #""pages_processed":1,"pages_by_outcome":{},"sections_changed":0,"sections_unchanged":0,"sections_deleted":0,"pages_held_back":0,"#
        + #""chunks_embedded":0,"chunks_reused":0,"stop_requested":false,"stage_timings":{},"correlation_id":"c","#
        + #""created_at":"2026-01-31T23:59:59.000Z","a_later_field":1}"#

    init() throws { fetcher = try HTTPFetcher() }

    private func client(_ server: ScriptedServer, token: String? = "secret") -> PortolanClient {
        PortolanClient(baseURL: server.url + "/", token: token.map { Redacted($0) }, fetcher: fetcher)
    }

    @Test func `An ingestion is asked for with token, key and body`() async throws {
        let answer = #"{"job_id":"j","documentation_id":"d","library":"l","version":"v","status":"PENDING","correlation_id":"c"}"#
        try await ScriptedServer.with({ _ in .init(status: 202, body: answer) }) { server in
            let reply = try await client(server).startIngestion(StartIngestionRequest(webURL: "https://a.example"), idempotencyKey: "k")
            #expect(reply.jobID == "j" && reply.status == .pending)
            let request = try #require(server.requests.first)
            #expect(request.method == "POST" && request.uri == "/v1/documentation/ingestion")
            #expect(request.headers["authorization"] == "Bearer secret")
            #expect(request.headers["idempotency-key"] == "k")
            #expect(request.headers["content-type"] == "application/json")
            #expect(String(decoding: request.body, as: UTF8.self) == #"{"web_url":"https://a.example"}"#)
        }
    }

    @Test func `Without a token none is sent`() async throws {
        try await ScriptedServer.with({ _ in .init(body: #"{"items":[],"total":0,"skip":0,"limit":100}"#) }) { server in
            _ = try await client(server, token: nil).jobs()
            #expect(server.requests.first?.headers["authorization"] == nil)
        }
    }

    @Test func `Fields of a later version are ignored`() async throws {
        try await ScriptedServer.with({ _ in .init(body: Self.job) }) { server in
            let (job, stopped) = (try await client(server).job("j"), try await client(server).stopJob("j"))
            #expect(job.status == .crawling && stopped.id == "j")
            #expect(server.requests.last.map { String(decoding: $0.body, as: UTF8.self) } == #"{"job_id":"j"}"#)
        }
    }

    @Test func `Every parameter reaches the server encoded`() async throws {
        let page = #""meta":{"total":0,"limit":1,"offset":0}"#
        try await ScriptedServer.with({ request in
            request.uri.contains("search")
                ? .init(body: #"{"items":[],"search_mode":"hybrid","total":0,"partial":false,"degraded":false,"reasons":[]}"#)
                : request.uri.contains("skip")
                    ? .init(body: #"{"items":[],"total":0,"skip":0,"limit":1}"#)
                    : request.uri.contains("tree")
                        ? .init(body: #"{"documentation_id":"d","nodes":[],"truncated":false}"#)
                        : .init(status: 200, body: "{\"items\":[],\(page)}")
        }) { server in
            let client = client(server)
            _ = try await client.search(
                "a b&c=ü?", documentationID: "d", library: "l", version: "2.0+x", limit: 5, maxTokens: 100, cursor: "=")
            _ = try await client.jobs(status: .failed, skip: 3, limit: 1)
            _ = try await client.tree("d/../e", path: "/a b", depth: 2)
            _ = try await client.documentations(library: "l", version: "v", limit: 1, offset: 2)
            _ = try await client.sources(limit: 1, offset: 2)
            _ = try await client.pageOutcomes("j", outcome: "robots", limit: 1, offset: 2)
            #expect(
                server.requests.map(\.uri) == [
                    "/v1/search?q=a%20b%26c%3D%C3%BC%3F&documentation_id=d&library=l&version=2.0%2Bx&limit=5&max_tokens=100&cursor=%3D",
                    "/v1/documentation/ingestion?status=FAILED&skip=3&limit=1",
                    "/v1/documentation/d%2F..%2Fe/tree?path=%2Fa%20b&depth=2",
                    "/v1/documentation?library=l&version=v&limit=1&offset=2",
                    "/v1/sources?limit=1&offset=2",
                    "/v1/jobs/j/pages?outcome=robots&limit=1&offset=2",
                ])
        }
    }

    @Test(
        arguments: [
            (400, APIClientError.Code.usage, 2), (422, .usage, 2), (401, .refused, 4), (403, .refused, 4), (429, .refused, 4),
            (404, .failed, 1), (409, .failed, 1), (500, .failed, 1), (503, .failed, 1), (302, .failed, 1),
        ] as [(Int, APIClientError.Code, Int32)])
    func `A status leads to an exit code`(status: Int, code: APIClientError.Code, exitCode: Int32) async throws {
        try await ScriptedServer.with({ _ in .init(status: status, body: "<html>") }) { server in
            let error = await #expect(throws: APIClientError.self) { try await client(server).job("j") }
            #expect(error?.code == code && error?.exitCode == exitCode && error?.status == status)
            #expect(error?.message == "The server answered with status \(status).")
        }
    }

    @Test func `A problem is told in the server's words`() async throws {
        let problem = Problem(
            .rateLimited, code: "E_RATE", message: "Too many requests.", timestamp: Date(timeIntervalSince1970: 0),
            recoverySuggestion: "Slow down.", requestID: "r-1")
        let body = String(decoding: try WireJSON.encode(problem), as: UTF8.self)
        let headers = [("Retry-After", "7"), ("Content-Type", Problem.mediaType)]
        try await ScriptedServer.with({ _ in .init(status: 429, headers: headers, body: body) }) { server in
            let error = try #require(await #expect(throws: APIClientError.self) { try await client(server).job("j") })
            #expect(error.problem == problem && error.retryAfterSeconds == 7 && error.isRetryable)
            #expect(error.description == "Too many requests. Slow down. Try again in 7 s. (request r-1)")
            #expect(error.debugDescription.contains("HTTP 429; E_RATE"))
        }
    }

    @Test func `A server that is away is unreachable`() async throws {
        let client = PortolanClient(baseURL: "http://127.0.0.1:1", token: nil, fetcher: fetcher)
        let error = await #expect(throws: APIClientError.self) { try await client.job("j") }
        #expect(error?.code == .unreachable && error?.exitCode == 3 && error?.isRetryable == true)
    }

    @Test(arguments: ["127.0.0.1:8080", "ftp://127.0.0.1", "http://ex ample"]) func `A wrong address is a usage error`(url: String)
        async throws
    {
        let client = PortolanClient(baseURL: url, token: nil, fetcher: fetcher)
        let error = await #expect(throws: APIClientError.self) { try await client.job("j") }
        #expect(error?.exitCode == 2)
    }

    @Test(arguments: ["", "<html>", "[]", #"{"id":"j"}"#]) func `A reply that makes no sense is a failure`(body: String) async throws {
        try await ScriptedServer.with({ _ in .init(body: body) }) { server in
            let error = await #expect(throws: APIClientError.self) { try await client(server).job("j") }
            #expect(error?.code == .failed && error?.underlying != nil)
        }
    }
}
