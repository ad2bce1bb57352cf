import EmbeddedServices
import Fetch
import FoundationEssentials
import MCP
import Primitives
import TestSupport
import Testing

extension Acceptance {
    /// What an operator sees of real processes.
    @Suite(.serialized) struct Observability {
        private static let caller = "00f067aa0ba902b7"

        /// Servers, the three roles, a collector that they send to and an embedder behind them. Requests without a trace are not recorded.
        private static func with(
            _ body: (Fleet, [Fleet.Role], TraceCollector, EmbeddingServer) async throws -> Void
        ) async throws {
            try await TraceCollector.with { collector in
                try await EmbeddingServer.with { embedder, settings in
                    let own = ["PORTOLAN_OTLP_URL": collector.url, "PORTOLAN_TRACE_RATIO": "0"]
                    // Which transaction belongs to which trace is in the log of the server, as it is for its operators.
                    let parameters = ["log_statement": "all", "log_line_prefix": "%a| "]
                    try await Fleet.with(settings.merging(own) { $1 }, parameters: parameters) { fleet in
                        try await fleet.roles(["api", "worker", "scheduler"]) { try await body(fleet, $0, collector, embedder) }
                    }
                }
            }
        }

        /// The spans of `trace`, once those of both processes are there.
        private static func complete(_ trace: String, in collector: TraceCollector, until name: String) async throws
            -> [TraceCollector.Span]
        {
            try await eventually(within: .seconds(60)) {
                let spans = collector.spans(of: trace)
                // A span is sent after those below it have ended, so that with the last parent everything is there.
                let known = Set(spans.map(\.id)).union([caller])
                return spans.contains { $0.name == name } && spans.contains { $0.name.hasPrefix("job") }
                    && spans.allSatisfy { $0.parent.map(known.contains) ?? true }
            }
            return collector.spans(of: trace)
        }

        /// The names from a span up to the first one of the trace.
        private static func way(from span: TraceCollector.Span, _ spans: [TraceCollector.Span]) -> [String] {
            var (way, next) = ([span.name], span.parent)
            while let parent = spans.first(where: { $0.id == next }) { (way, next) = (way + [parent.name], parent.parent) }
            return way + (next == caller ? ["caller"] : [])
        }

        /// Lines of a role's log that carry the trace, by their message.
        private static func messages(_ role: Fleet.Role, _ trace: String) throws -> [String: Int] {
            var found: [String: Int] = [:]
            for line in role.lines where line.contains(trace) {
                let fields = try JSONValue(parsing: Array(line.utf8))
                #expect(fields["trace_id"]?.stringValue == trace, "\(line)")
                found[fields["msg"]?.stringValue ?? "", default: 0] += 1
            }
            return found
        }

        /// What the job of a trace has to have left behind in the worker, in Postgres, at the embedder.
        private static func expectJob(
            of trace: String, state: String, spans: [TraceCollector.Span], fleet: Fleet, roles: [Fleet.Role], embedder: EmbeddingServer
        ) throws {
            let worker = spans.filter { $0.service == "portolan-worker" }
            for stage in ["crawling", "embedding", "indexing"] {
                #expect(worker.contains { $0.name == "stage \(stage)" && way(from: $0, spans).contains("job ingest.run") }, "\(stage)")
            }
            // Every statement and every transfer of the job lies below its span, and says what it was without values.
            let statements = worker.filter { $0.name.hasPrefix("postgres ") }
            #expect(statements.count > 5)
            for span in worker where span.name != "job ingest.run" { #expect(way(from: span, spans).contains("job ingest.run")) }
            #expect(statements.allSatisfy { $0.kind == 3 && $0.attributes["db.system.name"] == "postgresql" })
            #expect(statements.allSatisfy { !($0.attributes["db.query.text"] ?? "").contains("harbor") })
            #expect(worker.contains { $0.name == "fetch GET" && $0.attributes["server.address"] == "127.0.0.1" })
            // The embedder is told; the site is not.
            let asked = worker.filter { $0.name == "fetch POST" }.map { "00-\(trace)-\($0.id)-01" }
            #expect(!asked.isEmpty)
            #expect(asked.allSatisfy { header in embedder.requests.contains { $0["traceparent"] == header && $0["tracestate"] == state } })
            // And in the database itself, where it lasts as long as the transaction.
            let log = try Stack.text(fleet.folder + "/postgres/postgres.log").split(separator: "\n")
            let marked = log.filter { $0.hasPrefix("portolan-worker \(trace)| ") }
            #expect(marked.contains { $0.contains("portolan.section") })
            #expect(log.contains { $0.hasPrefix("portolan-worker| ") })
            let told = try messages(roles[1], trace)
            #expect(told["job leased"] == 1 && told["job completed"] == 1, "\(told)")
        }

        /// One run of `job`, right below `parent`; whatever was recorded leads back to the caller.
        private static func expectRun(of job: String, below parent: TraceCollector.Span, _ spans: [TraceCollector.Span]) {
            let run = spans.filter { $0.name == "job ingest.run" }
            #expect(run.count == 1 && run[0].service == "portolan-worker" && run[0].kind == 5)
            #expect(run[0].parent == parent.id && run[0].attributes["portolan.job_id"] == job && !run[0].hasFailed)
            #expect(spans.allSatisfy { way(from: $0, spans).last == "caller" })
        }

        @Test func `one trace leads from a request through the queue into the worker and its statements`() async throws {
            try await Self.with { fleet, roles, collector, embedder in
                try await Chaos.withSite { site in
                    let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
                    let reply = try await fleet.ask(
                        roles[0], "POST", "/v1/documentation/ingestion",
                        json: #"{"web_url": "\#(site)", "library": "harbor", "version": "latest", "crawl_depth": 0}"#,
                        headers: [
                            "traceparent": "00-\(trace)-\(Self.caller)-01", "tracestate": "rojo=00f067aa0ba902b7,congo=t61",
                            "X-Correlation-Id": "from-outside.1",
                        ])
                    let job = try #require(try JSONValue(parsing: reply.body)["job_id"]?.stringValue)
                    #expect(try await fleet.end(of: job) == "COMPLETED")
                    let spans = try await Self.complete(trace, in: collector, until: "HTTP POST")
                    let request = try #require(spans.first { $0.name == "HTTP POST" })
                    #expect(request.service == "portolan-api" && request.parent == Self.caller && request.kind == 2)
                    #expect(request.attributes["http.route"] == "/v1/documentation/ingestion")
                    #expect(request.attributes["http.response.status_code"] == "202")
                    Self.expectRun(of: job, below: request, spans)
                    try Self.expectJob(
                        of: trace, state: "rojo=00f067aa0ba902b7,congo=t61", spans: spans, fleet: fleet, roles: roles, embedder: embedder)
                    #expect(try Self.messages(roles[0], trace)["request"] == 1)
                    // The identifier for people takes the same way.
                    let lines = roles[1].lines.filter { $0.contains(#""correlation_id":"from-outside.1""#) }
                    #expect(lines.contains { $0.contains("job completed") })

                    // Without a trace of its own, and a share of 0, nothing more is recorded; one that is not recorded leaves lines and no spans.
                    let quiet = "5bf92f3577b34da6a3ce929d0e0e4736"
                    let before = collector.spans.count
                    #expect(try await fleet.ask(roles[0], "GET", "/v1/search?q=harbor").status == 200)
                    let header = ["traceparent": "00-\(quiet)-\(Self.caller)-00"]
                    #expect(try await fleet.ask(roles[0], "GET", "/v1/search?q=moor", headers: header).status == 200)
                    #expect(try Self.messages(roles[0], quiet)["request"] == 1)
                    #expect(collector.spans(of: quiet) == [])
                    #expect(collector.spans.count == before)
                    #expect(try await fleet.metric(roles[0], "portolan_trace_spans_total", "failed") == 0)
                }
            }
        }

        @Test func `one trace leads from the message of an agent through the queue into the worker and its statements`() async throws {
            try await Self.with { fleet, roles, collector, embedder in
                try await Chaos.withSite { site in
                    let trace = "0af7651916cd43dd8448eb211c80319c"
                    let meta: JSONObject = ["traceparent": .string("00-\(trace)-\(Self.caller)-01"), "tracestate": "agent=1"]
                    let connection = MCPConnection(url: roles[0].url, token: Fleet.token, fetcher: fleet.fetcher, era: .modern, meta: meta)
                    let started = try await connection.call(
                        "ingest_documentation",
                        ["web_url": .string(site), "library": "harbor", "version": "latest", "crawl_depth": 0])
                    let job = try #require(started["job_id"]?.stringValue)
                    #expect(try await fleet.end(of: job) == "COMPLETED")
                    let spans = try await Self.complete(trace, in: collector, until: "mcp")
                    let call = try #require(spans.first { $0.name == "mcp" })
                    #expect(call.service == "portolan-api" && call.parent == Self.caller && call.kind == 2)
                    #expect(call.attributes["mcp.method.name"] == "tools/call")
                    #expect(call.attributes["gen_ai.tool.name"] == "ingest_documentation")
                    Self.expectRun(of: job, below: call, spans)
                    try Self.expectJob(of: trace, state: "agent=1", spans: spans, fleet: fleet, roles: roles, embedder: embedder)
                    // The line of the HTTP request too, although its own headers named no trace.
                    #expect(try Self.messages(roles[0], trace)["request"] == 1)

                    // A request that names another trace keeps its span there, with a link to that of the message.
                    let outer = "6bf92f3577b34da6a3ce929d0e0e4736"
                    var both = connection
                    both.headers["traceparent"] = "00-\(outer)-\(Self.caller)-01"
                    _ = try await both.call("search_documentation", ["query": "moor a ship"])
                    try await eventually(within: .seconds(60)) { !collector.spans(of: outer).isEmpty }
                    let request = try #require(collector.spans(of: outer).first { $0.name == "HTTP POST" })
                    #expect(request.links == [trace])
                    try await eventually(within: .seconds(60)) { collector.spans(of: trace).contains { $0.name == "search" } }
                    // And where both name the same, the call lies below the request.
                    let same = "7bf92f3577b34da6a3ce929d0e0e4736"
                    both.headers["traceparent"] = "00-\(same)-\(Self.caller)-01"
                    both.meta["traceparent"] = .string("00-\(same)-b7ad6b7169203331-01")
                    _ = try await both.call("search_documentation", ["query": "cast off"])
                    try await eventually(within: .seconds(60)) { collector.spans(of: same).contains { $0.name == "HTTP POST" } }
                    let inner = try #require(collector.spans(of: same).first { $0.name == "search" })
                    #expect(Self.way(from: inner, collector.spans(of: same)) == ["search", "mcp", "HTTP POST", "caller"])
                }
            }
        }
    }
}
