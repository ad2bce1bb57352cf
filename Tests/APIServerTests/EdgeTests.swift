import APIModel
import APIServer
import Domain
import Fetch
import Logging
import MCP
import Postgres
import Primitives
import Telemetry
import TestSupport
import Testing

/// Knows a reader beside the operator.
private struct TwoTokens: Authenticator {
    let isOpen = false

    func principal(token: Redacted<String>?) async throws -> Principal {
        switch token?.reveal() {
        case Edge.token: .operatorToken
        case "reader": Principal(subject: "reader", role: .reader, scopes: [.read], access: .publicOnly)
        case "asker": Principal(subject: "asker", role: .reader, scopes: [.ask], access: .publicOnly)
        default: throw Fault(.authentication, code: "E_TOKEN_INVALID", "The bearer token is not valid.")
        }
    }
}

@Suite(.sharedEdge) struct `Every reply` {
    private let edge: Edge

    init() throws { edge = try #require(Edge.current) }

    @Test func `A sane request identifier is echoed, a strange one replaced`() async throws {
        let sane = try await edge.get("/v1/libraries", ["X-Request-Id": "abc.1_2-3"])
        #expect(sane.headers["X-Request-Id"] == "abc.1_2-3" && sane.headers["X-Correlation-Id"] == "abc.1_2-3")
        for strange in ["a b", "<script>", String(repeating: "x", count: 129)] {
            let id = try await edge.get("/v1/libraries", ["X-Request-Id": strange]).headers["X-Request-Id"]
            #expect(id?.count == 36 && id != strange)
        }
        let both = try await edge.get("/nowhere", ["X-Correlation-Id": "thread"])
        #expect(both.headers["X-Correlation-Id"] == "thread" && both.headers["X-Request-Id"]?.count == 36)
    }

    @Test func `Each request has one log line with the template, not the path`() async throws {
        _ = try await edge.get("/v1/documentation/\(edge.guide)/content?path=/tutorial", ["X-Request-Id": "log-line"])
        let lines = edge.logs.lines.filter { $0.metadata["request_id"] == "log-line" }
        #expect(lines.map(\.message).sorted() == ["audit", "request"])
        let line = try #require(lines.first { $0.message == "request" })
        #expect(line.level == .info && line.metadata["route"] == "/v1/documentation/{id}/content")
        #expect(line.metadata["status"] == "200" && line.metadata["has_auth"] == "true" && line.metadata["method"] == "GET")
        #expect(edge.logs.lines.allSatisfy { !$0.metadata.values.contains { $0.contains(Edge.token) } })
    }

    @Test func `Tokens that are missing, wrong or in the wrong place are counted, and good ones are not`() async throws {
        let failures = edge.metrics.policy.authenticationFailures
        func count() -> [Double] { ["missing", "invalid", "malformed"].map { failures.value($0) } }
        let before = count()
        for header in [nil, "Bearer wrong", "Bearer a b"] as [String?] {
            let reply = try await edge.send("GET", "/v1/libraries", header.map { ["Authorization": $0] } ?? [:], token: nil)
            #expect(reply.status == 401 || reply.status == 400)
        }
        let after = count()
        // Other tests try tokens at the same time.
        #expect(zip(before, after).allSatisfy { $0 < $1 })
    }

    @Test func `Requests are counted by template and class of status`() async throws {
        let before = edge.metrics.http.requests.value("GET", "/v1/jobs/{id}", "4xx")
        _ = try await edge.get("/v1/jobs/unknown")
        #expect(edge.metrics.http.requests.value("GET", "/v1/jobs/{id}", "4xx") == before + 1)
        #expect(edge.metrics.http.duration.count("GET", "/v1/jobs/{id}") > 0)
    }

    @Test(arguments: [nil, "wrong"] as [String?])
    func `Without the right token there is a challenge`(token: String?) async throws {
        for path in ["/v1/libraries", "/mcp", "/nowhere"] {
            let reply = try await edge.send("GET", path, token: token)
            #expect(reply.status == 401 && reply.problem?.category == .authentication, "\(reply)")
            #expect(reply.headers["WWW-Authenticate"]?.hasPrefix("Bearer") == true)
        }
    }

    @Test func `Another kind of credentials is none`() async throws {
        #expect(try await edge.send("GET", "/v1/libraries", ["Authorization": "Basic abc"]).problem?.errorCode == "E_TOKEN_MISSING")
    }

    @Test(arguments: ["Bearer", "Bearer a b", "bearer", "Bearer a,b"])
    func `A header that holds no token is malformed`(header: String) async throws {
        let reply = try await edge.send("GET", "/v1/libraries", ["Authorization": header])
        #expect(reply.status == 400 && reply.problem?.errorCode == "E_TOKEN_MALFORMED", "\(reply)")
        #expect(reply.headers["WWW-Authenticate"] == #"Bearer realm="portolan", error="invalid_request""#)
    }

    @Test(arguments: ["access_token=x", "a=b&access%5Ftoken=\(Edge.token)", "ACCESS_TOKEN"])
    func `A token in the address is refused, whatever else proves the caller`(query: String) async throws {
        for path in ["/v1/libraries", "/mcp", "/nowhere"] {
            let reply = try await edge.get("\(path)?\(query)")
            #expect(reply.status == 400 && reply.problem?.errorCode == "E_TOKEN_MALFORMED", "\(reply)")
            #expect(!reply.text.contains(Edge.token))
        }
    }

    @Test func `A page of a listed site may use the API with a token`() async throws {
        let origin: FetchHeaders = ["Origin": "https://app.example.com"]
        let reply = try await edge.get("/v1/libraries", origin)
        #expect(reply.status == 200 && reply.headers["Access-Control-Allow-Origin"] == "https://app.example.com")
        #expect(reply.headers["Vary"] == "Origin")
        #expect(reply.headers["Access-Control-Expose-Headers"]?.contains("Mcp-Session-Id") == true)
        var preflight = origin
        preflight["Access-Control-Request-Method"] = "POST"
        preflight["Access-Control-Request-Headers"] = "authorization, mcp-method"
        for path in ["/mcp", "/v1/documentation/ingestion"] {
            let answer = try await edge.send("OPTIONS", path, preflight, token: nil)
            #expect(answer.status == 204 && answer.headers["Access-Control-Allow-Headers"] == "authorization, mcp-method")
        }
        #expect(try await edge.get("/v1/libraries").headers["Access-Control-Allow-Origin"] == nil)
        #expect(try await edge.get("/v1/libraries", ["Origin": edge.url]).status == 200)
        #expect(try await Agent(edge: edge, origin: "https://app.example.com").toolNames().count == 7)
    }

    @Test(arguments: ["https://evil.example.com", "null", "http://app.example.com", "https://app.example.com.evil.example.com"])
    func `A page of any other site is refused, with a token or without`(origin: String) async throws {
        for path in ["/v1/libraries", "/mcp", "/health", "/nowhere"] {
            let reply = try await edge.get(path, ["Origin": origin])
            #expect(reply.status == 403 && reply.problem?.errorCode == "E_ORIGIN", "\(path): \(reply)")
            #expect(reply.headers["Access-Control-Allow-Origin"] == nil)
        }
        let preflight: FetchHeaders = ["Origin": origin, "Access-Control-Request-Method": "POST"]
        #expect(try await edge.send("OPTIONS", "/mcp", preflight, token: nil).headers["Access-Control-Allow-Methods"] == nil)
    }

    @Test func `A body beyond the limit is refused with the limit`() async throws {
        let reply = try await edge.submit(#"{"web_url":"\#(String(repeating: "x", count: 1 << 20))"}"#)
        #expect(reply.status == 413 && reply.problem?.details == ["field": "body", "limit": "1048576 bytes"], "\(reply)")
        let chunked = try await edge.submit(
            #"{"web_url":"\#(String(repeating: "x", count: 1 << 20))"}"#, ["Transfer-Encoding": "chunked"])
        #expect(chunked.status == 413, "\(chunked)")
    }

    @Test func `Headers beyond the limits are refused`() async throws {
        let long = try await edge.get("/v1/libraries", ["X-Long": String(repeating: "x", count: 17 << 10)])
        #expect(long.status == 431 && long.problem?.details["field"] == "X-Long", "\(long)")
        var many: FetchHeaders = [:]
        for number in 0..<120 { many.append("X-\(number)", "v") }
        #expect(try await edge.get("/v1/libraries", many).status == 431)
    }

    @Test(arguments: ["text/plain", "application/x-www-form-urlencoded", "application/jsonp"])
    func `A body of another type is refused`(type: String) async throws {
        let reply = try await edge.submit("{}", ["Content-Type": type])
        #expect(reply.status == 415 && reply.problem?.errorCode == "E_MEDIA_TYPE", "\(reply)")
    }
}

@Suite struct `The edge` {
    @Test func `Scopes decide who reads and who writes`() async throws {
        var options = Edge.Options()
        options.authenticator = TwoTokens()
        try await Edge.with(options) { edge in
            #expect(try await edge.send("GET", "/v1/libraries", token: "reader").status == 200)
            for (method, path) in [
                ("POST", "/v1/documentation/ingestion"), ("POST", "/v1/documentation/ingestion/stop"),
                ("DELETE", "/v1/documentation/\(edge.guide)"),
            ] {
                let reply = try await edge.send(method, path, token: "reader")
                #expect(reply.status == 403 && reply.problem?.category == .authorization, "\(reply)")
            }
            #expect(try await edge.send("GET", "/v1/libraries", token: "asker").status == 403)
            let agent = Agent(edge: edge, token: "reader")
            #expect(try await agent.toolNames().count == 5)
            let call = try await agent.call("ingest_documentation", ["web_url": "https://a.example.com/"])
            #expect(call["error"]?["message"]?.stringValue?.contains("Unknown tool") == true, "\(call)")
        }
    }

    @Test func `A subject that has used up its burst waits`() async throws {
        var options = Edge.Options()
        options.rateLimits = .perSecond(0.001)
        try await Edge.with(options) { edge in
            let first = try await edge.get("/v1/libraries")
            #expect(first.status == 200 && first.headers["X-RateLimit-Remaining"] == "0" && first.headers["X-RateLimit-Limit"] != nil)
            let second = try await edge.get("/v1/libraries")
            #expect(second.status == 429 && second.problem?.category == .rateLimited, "\(second)")
            #expect(second.headers["Retry-After"].flatMap(Int.init) ?? 0 > 0 && second.headers["X-RateLimit-Reset"] != nil)
            #expect(try await edge.get("/health").status == 200)
            #expect(try await edge.send("POST", "/mcp", body: "{}").status == 429)
        }
    }

    @Test func `Without a token asked for, only the own host and its pages are answered`() async throws {
        var options = Edge.Options()
        options.authenticator = OpenAccess()
        try await Edge.with(options) { edge in
            #expect(try await edge.send("GET", "/v1/libraries", token: nil).status == 200)
            let foreign = try await edge.send("GET", "/v1/libraries", ["Origin": "https://evil.example.com"], token: nil)
            #expect(foreign.status == 403 && foreign.problem?.category == .security)
            #expect(foreign.headers["Access-Control-Allow-Origin"] == nil)
            #expect(try await edge.send("GET", "/v1/libraries", ["Origin": edge.url], token: nil).status == 200)
            let rebound = try await edge.send("GET", "/v1/libraries", ["Host": "evil.example.com"], token: nil)
            #expect(rebound.status == 403 && rebound.problem?.errorCode == "E_HOST", "\(rebound)")
        }
    }

    @Test func `A token is taken under every name of the server, by agents as by others`() async throws {
        var options = Edge.Options()
        (options.bind, options.publicURL) = ("0.0.0.0", "https://docs.example.com")
        try await Edge.with(options) { edge in
            let list = #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#
            let accepts: FetchHeaders = ["Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-11-25"]
            for host in ["docs.example.com", "10.1.2.3:8080", "portolan.svc.cluster.local"] {
                var headers = accepts
                headers["Host"] = host
                #expect(try await edge.send("GET", "/v1/libraries", headers).status == 200)
                let reply = try await edge.send("POST", "/mcp", headers, body: list)
                #expect(reply.status == 200 && reply.json["result"]?["tools"] != nil, "\(host): \(reply)")
                // Pages of the name that they came from, and no others.
                headers["Origin"] = "http://\(host)"
                #expect(try await edge.send("POST", "/mcp", headers, body: list).status == 200)
                headers["Origin"] = "https://evil.example.com"
                #expect(try await edge.send("POST", "/mcp", headers, body: list).status == 403)
            }
            #expect(try await edge.send("POST", "/mcp", accepts, body: list, token: nil).status == 401)
        }
    }

    @Test func `On loopback an agent has to name this server, and hears what to do about it`() async throws {
        try await Edge.with { edge in
            let headers: FetchHeaders = ["Host": "evil.example.com", "Accept": "application/json, text/event-stream"]
            let reply = try await edge.send("POST", "/mcp", headers, body: #"{"jsonrpc":"2.0","id":1,"method":"tools/list"}"#)
            #expect(reply.status == 403 && reply.text.contains("PORTOLAN_PUBLIC_URL"), "\(reply)")
        }
    }

    @Test func `An internal error says nothing of the inside, and is logged once`() async throws {
        try await Edge.with { edge in
            _ = try await edge.database.query("alter table portolan.library rename to hidden")
            let reply = try await edge.get("/v1/libraries", ["X-Request-Id": "broken"])
            #expect(reply.status == 500 && reply.problem?.category == .internal, "\(reply)")
            #expect(!reply.text.contains("portolan.library") && !reply.text.lowercased().contains("select"))
            let errors = edge.logs.lines.filter { $0.level == .error && $0.metadata["request_id"] == "broken" }
            #expect(errors.count == 1)
        }
    }

    @Test func `Without the database there is 503, and the probes say so`() async throws {
        try await Edge.with { edge in
            #expect(try await edge.get("\(edge.adminURL)/readyz").status == 200)
            edge.database.close()
            let reply = try await edge.get("/v1/libraries")
            #expect(reply.status == 503 && reply.problem?.category == .serviceUnavailable, "\(reply)")
            #expect(reply.headers["Retry-After"] != nil)
            #expect(try await edge.get("\(edge.adminURL)/readyz").status == 503)
            #expect(try await edge.get("\(edge.adminURL)/livez").status == 200)
        }
    }

    @Test func `A client that goes away cancels its request`() async throws {
        try await Edge.with { edge in
            try await edge.database.withTransaction { connection in
                _ = try await connection.query("lock table portolan.library in access exclusive mode")
                let request = Task { try await edge.get("/v1/libraries", ["X-Request-Id": "gone"]) }
                try await eventually { edge.metrics.http.inFlight.value() == 1 }
                request.cancel()
                try await eventually { edge.logs.lines.contains { $0.metadata["request_id"] == "gone" } }
                _ = await request.result
            }
            #expect(edge.logs.lines.first { $0.metadata["request_id"] == "gone" }?.metadata["status"] == "499")
        }
    }

    @Test func `Two requests share a connection`() async throws {
        try await Edge.with { edge in
            let request = FetchRequest("GET", "\(edge.url)/v1/libraries", headers: ["Authorization": "Bearer \(Edge.token)"])
            _ = try await edge.fetcher.send(request)
            #expect(try await edge.fetcher.send(request).timings.connectionsOpened == 0)
        }
    }
}

@Suite struct `The admin port` {
    @Test func `Probes follow the process and its dependencies`() async throws {
        let soft = Locked(true)
        let hard = Locked(true)
        var options = Edge.Options()
        options.checks = [
            DependencyCheck(name: "cache", isHard: false) { guard soft.withLock({ $0 }) else { throw CancellationError() } },
            DependencyCheck(name: "store", isHard: true) { guard hard.withLock({ $0 }) else { throw CancellationError() } },
        ]
        try await Edge.with(options) { edge in
            func ready() async throws -> Reply { try await edge.get("\(edge.adminURL)/readyz") }
            var reply = try await ready()
            #expect(reply.status == 200 && reply.json["status"] == "ok")
            soft.withLock { $0 = false }
            reply = try await ready()
            #expect(reply.status == 200 && reply.json["status"] == "degraded" && reply.json["components"]?[1]?["status"] == "down")
            hard.withLock { $0 = false }
            reply = try await ready()
            #expect(reply.status == 503 && reply.json["status"] == "down" && reply.json["components"]?[2]?["hard"] == true)
            hard.withLock { $0 = true }
            edge.readiness.beginDraining()
            reply = try await ready()
            #expect(reply.status == 503 && reply.json["status"] == "draining")
            #expect(try await edge.get("\(edge.adminURL)/livez").status == 200)
            #expect(try await edge.get("\(edge.adminURL)/startupz").status == 200)
        }
    }

    @Test func `Metrics come in both formats`() async throws {
        try await Edge.with { edge in
            _ = try await edge.get("/v1/libraries")
            let text = try await edge.get("\(edge.adminURL)/metrics")
            #expect(text.status == 200 && text.headers["Content-Type"]?.hasPrefix("text/plain; version=0.0.4") == true)
            #expect(text.text.contains(#"portolan_http_requests_total{method="GET",route="/v1/libraries",status="2xx"} 1"#))
            let open = try await edge.get("\(edge.adminURL)/metrics", ["Accept": "application/openmetrics-text;version=1.0.0"])
            #expect(open.headers["Content-Type"]?.hasPrefix("application/openmetrics-text") == true && open.text.hasSuffix("# EOF\n"))
            #expect(try await edge.get("\(edge.adminURL)/v1/libraries").status == 404)
            #expect(try await edge.send("POST", "\(edge.adminURL)/readyz").status == 405)
        }
    }

    @Test func `A process that has not started says so`() async throws {
        let readiness = Readiness()
        #expect(readiness.phase == .starting)
        readiness.beginDraining()
        readiness.markStarted()
        #expect(readiness.phase == .draining)
    }
}
