import APIModel
import Fetch
import Testing

/// A request that breaks one bound, and what the problem says about it.
struct BoundCase: Sendable, CustomTestStringConvertible {
    let method: String
    let path: String
    let body: String
    let headers: FetchHeaders
    let status: Int
    let field: String

    init(
        _ method: String, _ path: String, body: String = "", headers: FetchHeaders = [:], _ status: Int = 422, field: String
    ) {
        (self.method, self.path, self.body, self.headers) = (method, path, body, headers)
        (self.status, self.field) = (status, field)
    }

    init(_ path: String, _ status: Int = 422, field: String) { self.init("GET", path, status, field: field) }

    var testDescription: String { "\(method) \(path.prefix(60)) \(body.prefix(60)) \(headers.map(\.name))" }

    private static let ingestion = "/v1/documentation/ingestion"
    private static let some = "0198c0de-0000-7000-8000-000000000000"

    private static func post(_ body: String, _ status: Int = 422, field: String, headers: FetchHeaders = [:]) -> BoundCase {
        BoundCase("POST", ingestion, body: body, headers: headers, status, field: field)
    }

    private static func access(_ sources: String, field: String) -> BoundCase {
        BoundCase("PUT", "/v1/libraries/guide/access", body: #"{"private":true,"sources":\#(sources)}"#, field: field)
    }

    static let all: [BoundCase] = [
        // Lists.
        .init("/v1/documentation?limit=0", field: "limit"), .init("/v1/documentation?limit=101", field: "limit"),
        .init("/v1/documentation?limit=ten", field: "limit"), .init("/v1/documentation?limit=", field: "limit"),
        .init("/v1/documentation?limit=5&limit=6", field: "limit"), .init("/v1/documentation?offset=-1", field: "offset"),
        .init("/v1/documentation?offset=1000001", field: "offset"),
        .init("/v1/documentation?limit=99999999999999999999", field: "limit"),
        .init("/v1/documentation?library=", field: "library"),
        .init("/v1/documentation?library=\(String(repeating: "x", count: 201))", field: "library"),
        .init("/v1/documentation/\(some)?limit=201", field: "limit"), .init("/v1/documentation/\(some)?limit=0", field: "limit"),
        .init("/v1/documentation/\(some)?start_path=", field: "start_path"),
        .init("/v1/documentation/\(some)/tree?depth=0", field: "depth"), .init("/v1/documentation/\(some)/tree?depth=21", field: "depth"),
        .init("/v1/documentation/\(some)/content", field: "path"), .init("/v1/documentation/\(some)/content?path=", field: "path"),
        .init("/v1/documentation/\(some)/content?path=/&max_tokens=99", field: "max_tokens"),
        .init("/v1/documentation/\(some)/content?path=/&max_tokens=100001", field: "max_tokens"),
        .init("/v1/libraries?limit=0", field: "limit"), .init("/v1/libraries?offset=x", field: "offset"),
        .init("/v1/sources?limit=101", field: "limit"), .init("/v1/sources?offset=-1", field: "offset"),
        // Jobs.
        .init("\(ingestion)?limit=0", field: "limit"), .init("\(ingestion)?limit=501", field: "limit"),
        .init("\(ingestion)?skip=-1", field: "skip"), .init("\(ingestion)?status=RUNNING", field: "status"),
        .init("/v1/jobs?documentation_id=7", field: "documentation_id"), .init("/v1/jobs/\(some)/pages?limit=1001", field: "limit"),
        .init("/v1/jobs/\(some)/pages?outcome=lost", field: "outcome"),
        // Search.
        .init("/v1/search", field: "q"), .init("/v1/search?q=", field: "q"), .init("/v1/search?q=a", field: "q"),
        .init("/v1/search?q=%20%20%20a%20", field: "q"), .init("/v1/search?q=\(String(repeating: "x", count: 2001))", field: "q"),
        .init("/v1/search?q=word&limit=0", field: "limit"), .init("/v1/search?q=word&limit=101", field: "limit"),
        .init("/v1/search?q=word&max_tokens=99", field: "max_tokens"),
        .init("/v1/search?q=word&documentation_id=x", field: "documentation_id"),
        .init("/v1/search?q=word&cursor=forged", field: "cursor"), .init("/v1/documentation/\(some)/search?q=a", field: "q"),
        .init("/v1/search?q=%zz", 400, field: "query"), .init("/v1/search?q=%00ab", 400, field: "query"),
        .init("/v1/search?q=%ff%fe", 400, field: "query"),
        // Bodies.
        .post("{}", field: "web_url"), .post(#"{"web_url":null}"#, field: "web_url"), .post(#"{"web_url":7}"#, field: "web_url"),
        .post(#"{"web_url":""}"#, field: "web_url"), .post(#"{"web_url":"no address"}"#, field: "web_url"),
        .post(#"{"web_url":"ftp://docs.example.com/"}"#, field: "web_url"),
        .post(#"{"web_url":"https://docs.example.com/\#(String(repeating: "x", count: 2048))"}"#, field: "web_url"),
        .post(#"{"web_url":"https://docs.example.com/","crawl_depth":11}"#, field: "crawl_depth"),
        .post(#"{"web_url":"https://docs.example.com/","crawl_depth":-1}"#, field: "crawl_depth"),
        .post(#"{"web_url":"https://docs.example.com/","crawl_depth":"3"}"#, field: "crawl_depth"),
        .post(#"{"web_url":"https://docs.example.com/","depth":3}"#, field: "depth"),
        .post(#"{"web_url":"https://docs.example.com/","include_patterns":["[a"]}"#, field: "include_patterns"),
        .post(#"{"web_url":"https://docs.example.com/","exclude_patterns":["***"]}"#, field: "exclude_patterns"),
        .post(#"{"web_url":"https://docs.example.com/","exclude_patterns":[1]}"#, field: "exclude_patterns[0]"),
        .post(#"{"web_url":"https://docs.example.com/","library":" "}"#, field: "library"),
        .post(#"{"web_url":"https://docs.example.com/","version":"\#(String(repeating: "1", count: 101))"}"#, field: "version"),
        .post(#"{"web_url":"https://docs.example.com/","library":"a\nb"}"#, field: "library"),
        .post(#"{"web_url":"https://docs.example.com/","retry_of":"x"}"#, field: "retry_of"),
        .post(#"{"web_url":"https://docs.example.com/","retry_of":"\#(some)"}"#, 404, field: "retry_of"),
        .post(#"{"web_url":"https://docs.example.com/"}"#, field: "Idempotency-Key", headers: ["Idempotency-Key": "with space"]),
        .post(
            #"{"web_url":"https://docs.example.com/"}"#, field: "Idempotency-Key",
            headers: ["Idempotency-Key": String(repeating: "k", count: 256)]),
        .post("{", 400, field: "body"), .post("[]", 400, field: "body"), .post(#"{"web_url":"a","web_url":"b"}"#, 400, field: "body"),
        .init("POST", "\(ingestion)/stop", body: #"{"job_id":"x"}"#, field: "job_id"),
        .init("POST", "\(ingestion)/stop", body: "{}", field: "job_id"),
        // What could mean two things.
        .post(#"{"web_url":"https://docs.example.com/","library":null}"#, field: "library"),
        .init("PATCH", "/v1/sources/\(some)", body: #"{"paused":null}"#, field: "paused"),
        .init("PATCH", "/v1/sources/\(some)", body: #"{"poll_interval_seconds":0,"schedule":"0 2 * * *"}"#, field: "schedule"),
        .init(
            "POST", "/v1/sources", body: #"{"web_url":"https://docs.example.com/","poll_interval_seconds":60,"schedule":"0 2 * * *"}"#,
            field: "schedule"),
        // Members of members.
        .access(#"[{"source_id":null,"groups":[]}]"#, field: "sources[0].source_id"),
        .access(
            #"[{"source_id":"\#(some)","groups":["a"]},{"source_id":"\#(some)","groups":["a"],"group":"b"}]"#, field: "sources[1].group"),
        .access(#"[{"source_id":"\#(some)","groups":[""]}]"#, field: "sources[0].groups"),
        .access(#"[{"source_id":"x","groups":["a"]}]"#, field: "sources[0].source_id"), .access("[7]", field: "sources[0]"),
        .access(#"[{"groups":["a"]}]"#, field: "sources[0].source_id"),
        // Control characters, of either block.
        .init("/v1/documentation?library=a%01", field: "library"), .init("/v1/documentation?library=a%C2%81", field: "library"),
        .init("/v1/search?q=ab%7Fcd", field: "q"),
        .init("POST", "/v1/hybrid/query", body: #"{"query":"ab\u0001cd"}"#, field: "query"),
        .init("POST", "/v1/hybrid/query", body: #"{"query":"word","cursor":"forged"}"#, field: "cursor"),
        // What is refused for security.
        .post(#"{"web_url":"http://127.0.0.1/"}"#, 403, field: "web_url"),
        .post(#"{"web_url":"http://169.254.169.254/latest"}"#, 403, field: "web_url"),
        .post(#"{"web_url":"https://user:secret@docs.example.com/"}"#, 403, field: "web_url"),
        .post(#"{"web_url":"https://docs.example.com:8443/"}"#, 403, field: "web_url"),
    ]
}

@Suite(.sharedEdge) struct `Bounds of the routes` {
    @Test(arguments: BoundCase.all)
    func `What is out of bounds is refused with the field`(bound: BoundCase) async throws {
        let edge = try #require(Edge.current)
        let reply = try await edge.send(bound.method, bound.path, bound.headers, body: bound.body)
        let problem = try #require(reply.problem, "\(reply)")
        #expect(reply.status == bound.status && problem.details["field"] == bound.field, "\(reply)")
        #expect(problem.httpStatus == reply.status && problem.status == reply.status)
        #expect(reply.headers["Content-Type"] == Problem.mediaType && reply.headers["X-Request-Id"] == problem.requestID)
        #expect(!problem.message.isEmpty && problem.detail == problem.message && !reply.text.contains("secret"))
    }

    @Test(arguments: [
        ("/v1/documentation?limit=1&offset=1000000", 200), ("/v1/documentation?limit=100", 200), ("/v1/libraries?limit=100", 200),
        ("/v1/documentation/ingestion?limit=500&skip=0", 200), ("/v1/jobs?limit=1&status=COMPLETED", 200),
        ("/v1/search?q=it&limit=100&max_tokens=100000", 200), ("/v1/search?q=\(String(repeating: "x", count: 2000))&limit=1", 200),
        ("/v1/search?q=a+b&max_tokens=100&unknown=ignored", 200), ("/v1/sources?limit=1", 200),
    ])
    func `What is just inside is served`(path: String, status: Int) async throws {
        let reply = try await #require(Edge.current).get(path)
        #expect(reply.status == status, "\(reply)")
    }
}
