import APIModel
import Domain
import Fetch
import MCP
import Primitives
import Storage
import Testing

@testable import APIServer

/// Takes one token, whose holder may read and ingest, and sees what the test says; and one that may do everything.
private struct Visitor: Authenticator {
    static let token = "a-token-of-a-visitor"

    let access: LibraryAccess
    let isOpen = false

    func principal(token: Redacted<String>?) async throws -> Principal {
        if token?.reveal() == Edge.token { return .operatorToken }
        guard token?.reveal() == Self.token else { throw Fault.tokenWrong }
        return Principal(subject: "visitor", role: .power, scopes: [.read, .ask, .ingest], access: access)
    }
}

/// The library that the visitor may not know of, and what is in it; or identifiers of nothing, before it is there.
private struct Vault {
    static let library = "vault"

    var documentation = DocumentationID.make().description
    var job = JobID.make().description
    var source = SourceID.make().description

    /// Publishes it: the same section and words as the visitor's own library has, and some of its own.
    static func seed(_ edge: Edge) async throws -> Vault {
        let seed = Seed(database: edge.database)
        let id = try await seed.publish(
            "7.0", library: library,
            [seed.section("/", "Welcome to the treasure. It has gadgets."), seed.section("/treasure", "The treasure itself.")])
        try await PostgresLibraryAccessStore(edge.database).set(LibraryReaders(isPrivate: true, groups: ["keepers"]), library: library)
        var vault = Vault()
        vault.documentation = id.description
        let jobs = try await PostgresJobStore(edge.database).jobs(status: nil, documentation: id, limit: 1, offset: 0, access: .all).jobs
        vault.job = try #require(jobs.first).id.description
        let sources = try await PostgresSourceStore(edge.database).sources(limit: 9, offset: 0, access: .all).sources
        vault.source = try #require(sources.first { $0.documentation == id }).id.description
        return vault
    }

    private func filled(_ text: String) -> String {
        text.replacing("{documentation}", with: documentation).replacing("{job}", with: job).replacing("{source}", with: source)
    }

    /// Requests that would show it, by route: a route that asks who calls needs a row.
    private static let requests: [String: [(path: String, body: String)]] = [
        "GET /v1/search": [
            ("/v1/search?q=gadgets+treasure&limit=50", ""), ("/v1/search?q=treasure&library=vault", ""),
            ("/v1/search?q=treasure&documentation_id={documentation}", ""), ("/v1/search?q=gadgets&library=guide&version=7.0", ""),
        ],
        "GET /v1/libraries": [("/v1/libraries", "")],
        "GET /v1/libraries/{name}/access": [("/v1/libraries/vault/access", "")],
        "PUT /v1/libraries/{name}/access": [("/v1/libraries/vault/access", #"{"private":false}"#)],
        "GET /v1/documentation": [
            ("/v1/documentation", ""), ("/v1/documentation?library=vault", ""), ("/v1/documentation?version=7.0", ""),
        ],
        "GET /v1/documentation/{id}": [("/v1/documentation/{documentation}", "")],
        "DELETE /v1/documentation/{id}": [("/v1/documentation/{documentation}", "")],
        "GET /v1/documentation/{id}/tree": [("/v1/documentation/{documentation}/tree", "")],
        "GET /v1/documentation/{id}/content": [("/v1/documentation/{documentation}/content?path=/treasure", "")],
        "GET /v1/documentation/{id}/search": [("/v1/documentation/{documentation}/search?q=treasure", "")],
        "POST /v1/documentation/ingestion": [
            ("/v1/documentation/ingestion", #"{"web_url":"https://docs.example.com/","library":"vault","version":"7.0"}"#),
            ("/v1/documentation/ingestion", #"{"web_url":"https://docs.example.com/","library":"guide","retry_of":"{job}"}"#),
        ],
        "GET /v1/documentation/ingestion": [
            ("/v1/documentation/ingestion", ""), ("/v1/documentation/ingestion?documentation_id={documentation}", ""),
        ],
        "POST /v1/documentation/ingestion/stop": [("/v1/documentation/ingestion/stop", #"{"job_id":"{job}"}"#)],
        "GET /v1/documentation/ingestion/{id}": [("/v1/documentation/ingestion/{job}", "")],
        "GET /v1/documentation/ingestion/{id}/report": [("/v1/documentation/ingestion/{job}/report", "")],
        "GET /v1/jobs": [("/v1/jobs", ""), ("/v1/jobs?documentation_id={documentation}", "")],
        "GET /v1/jobs/{id}": [("/v1/jobs/{job}", "")],
        "GET /v1/jobs/{id}/pages": [("/v1/jobs/{job}/pages", "")],
        "GET /v1/jobs/{id}/report": [("/v1/jobs/{job}/report", "")],
        "POST /v1/jobs/{id}/verification": [("/v1/jobs/{job}/verification", "")],
        "GET /v1/sources": [("/v1/sources", "")],
        "POST /v1/sources": [("/v1/sources", #"{"web_url":"https://docs.example.com/","library":"vault","version":"7.0"}"#)],
        "GET /v1/sources/{id}": [("/v1/sources/{source}", "")],
        "PATCH /v1/sources/{id}": [("/v1/sources/{source}", #"{"paused":true}"#)],
        "POST /v1/sources/{id}/sync": [("/v1/sources/{source}/sync", "")],
        "GET /v1/events": [("/v1/events", "")],
        "GET /webhooks/health": [("/webhooks/health", "")],
        "POST /v1/hybrid/query": [
            ("/v1/hybrid/query", #"{"query":"gadgets treasure"}"#), ("/v1/hybrid/query", #"{"query":"treasure","namespace":"vault"}"#),
        ],
        "GET /v1/hybrid/stats": [("/v1/hybrid/stats", "")],
        "POST /agents/v1/query": [
            ("/agents/v1/query", #"{"query":"gadgets treasure"}"#), ("/agents/v1/query", #"{"query":"treasure","namespace":"vault"}"#),
        ],
        "GET /agents/v1/status": [("/agents/v1/status", "")],
        "GET /": [("/", "")],
        "GET /console/documentation/{id}": [("/console/documentation/{documentation}", "")],
        "GET /console/search": [("/console/search?q=treasure", "")],
        "GET /console/jobs": [("/console/jobs", "")],
        "POST /console/jobs": [("/console/jobs", "library=vault")],
        "GET /console/jobs/{id}": [("/console/jobs/{job}", "")],
        "GET /console/jobs/{id}/stop": [("/console/jobs/{job}/stop", "")],
        "POST /console/jobs/{id}/stop": [("/console/jobs/{job}/stop", "")],
        "GET /console/sources": [("/console/sources", "")],
        "POST /console/sources/{id}/sync": [("/console/sources/{source}/sync", "")],
        "POST /console/sources/{id}/pause": [("/console/sources/{source}/pause", "")],
        "GET /console/health": [("/console/health", "")],
    ]

    /// Calls that would show it, by tool: a tool needs a row.
    private static let calls: [String: [JSONObject]] = [
        "search_documentation": [
            ["query": "gadgets treasure"], ["query": "treasure", "library": "vault"],
            ["query": "treasure", "documentation_id": "{documentation}"],
        ],
        "list_documentations": [[:], ["library": "vault"]],
        "list_documentation_sections": [["documentation_id": "{documentation}"]],
        "get_documentation_tree": [["documentation_id": "{documentation}"]],
        "get_section_content": [
            ["documentation_id": "{documentation}", "path": "/treasure"],
            ["uri": "portolan://documentation/{documentation}/section/treasure"],
        ],
        "ingest_documentation": [["web_url": "https://docs.example.com/", "library": "vault"]],
        "get_ingestion_status": [["job_id": "{job}"]],
    ]

    /// What the caller is told by every route and every tool, without what differs between any two replies.
    func answers(_ edge: Edge, token: String = Visitor.token) async throws -> [(question: String, answer: String)] {
        var answers: [(question: String, answer: String)] = []
        for route in edge.routes where !Self.open.contains(route.template) && route.template != "/mcp" {
            // The operator would end the show.
            if token == Edge.token, route.method == "DELETE" { continue }
            let name = "\(route.method ?? "any") \(route.template)"
            guard let requests = Self.requests[name] else {
                // What is for operators alone shows a visitor nothing.
                let path = route.template.replacing("{id}", with: documentation).replacing("{name}", with: Self.library)
                let reply = try await edge.send(route.method ?? "GET", path, token: Visitor.token)
                #expect(
                    reply.problem?.errorCode == "E_SCOPE" && reply.problem?.details["limit"] == "admin", "The route \(name) has no row.")
                continue
            }
            for request in requests {
                let reply = try await edge.send(route.method ?? "GET", filled(request.path), body: filled(request.body), token: token)
                // Pages have parts that differ from one to the next: what counts is whether they name it.
                let shown = reply.json == .null ? "named \(reply.text.split(separator: Self.library).count)" : settled(reply.json)
                answers.append(("\(name) \(request.path) \(request.body)", "\(reply.status) \(shown)"))
            }
        }
        let agent = Agent(edge: edge, token: token)
        for tool in try await agent.toolNames() {
            for call in try #require(Self.calls[tool], "The tool \(tool) has no row.") {
                let arguments = JSONObject(call.members.map { ($0.key, JSONValue.string(filled($0.value.stringValue ?? ""))) })
                answers.append(("\(tool) \(call)", settled(try await agent.call(tool, arguments))))
            }
        }
        let uri = filled("portolan://documentation/{documentation}/section/treasure")
        answers.append(("resources/read", settled(try await agent.send("resources/read", ["uri": .string(uri)]))))
        answers.append(("resources/list", settled(try await agent.send("resources/list"))))
        for (argument, value) in [
            ("documentation_id", Self.library), ("documentation_id", String(documentation.prefix(30))), ("path", "/"),
        ] {
            let parameters: JSONObject = [
                "ref": ["type": "ref/resource", "uri": "portolan://documentation/{documentation_id}/section{+path}"],
                "argument": ["name": .string(argument), "value": .string(value)],
                "context": ["arguments": ["documentation_id": .string(documentation)]],
            ]
            answers.append(("completion of \(argument) \(value.count)", settled(try await agent.send("completion/complete", parameters))))
        }
        return answers
    }

    private static let open: Set<String> = [
        "/health", "/version", "/webhooks/{kind}", "/openapi.json", "/console/signin", "/console/signout", "/console/assets/{name}",
        ProtectedResource.metadataPath,
        ProtectedResource.metadataPath + ProtectedResource.agentSuffix,
    ]

    private func settled(_ value: JSONValue) -> String {
        let names = [documentation: "{documentation}", job: "{job}", source: "{source}"]
        let text = names.reduce(Self.timeless(value).serializedText) { $0.replacing($1.key, with: $1.value) }
        return text
    }

    /// Without what each reply has of its own.
    private static func timeless(_ value: JSONValue) -> JSONValue {
        switch value {
        case .object(let object):
            .object(
                JSONObject(
                    object.members.filter { !["request_id", "timestamp", "trace_id"].contains($0.key) }.map { ($0.key, timeless($0.value)) }
                ))
        case .array(let elements): .array(elements.map(timeless))
        default: value
        }
    }
}

@Suite struct `What a caller may not see` {
    @Test(
        arguments: [
            LibraryAccess.only(AccessList(libraries: ["guide"])), .publicOnly, .open(groups: ["visitors"]),
            .only(AccessList(libraries: ["guide", "another"])),
        ])
    func `Every route and tool answers as if it were not there`(access: LibraryAccess) async throws {
        var options = Edge.Options()
        options.authenticator = Visitor(access: access)
        try await Edge.with(options) { edge in
            let before = try await Vault().answers(edge)
            let vault = try await Vault.seed(edge)
            let after = try await vault.answers(edge)
            #expect(before.count == after.count && before.count > 35)
            for (earlier, later) in zip(before, after) {
                #expect(earlier.answer == later.answer, "\(earlier.question)")
                #expect(!later.answer.contains("treasure itself"), "\(later.question)")
            }
            // The visitor's tries have changed nothing, and others see it: the questions were the right ones.
            let seen = try await vault.answers(edge, token: Edge.token)
            let shown = Dictionary(uniqueKeysWithValues: seen.map { ($0.question, $0.answer) })
            let differing = after.filter { shown[$0.question] != nil && shown[$0.question] != $0.answer }.map(\.question)
            #expect(differing.count > 25, "\(differing)")
            #expect(seen.contains { $0.answer.contains("treasure itself") })
        }
    }

    @Test func `Two libraries with two keys: each finds its own and nothing of the other`() async throws {
        let hand = Hand()
        var options = Edge.Options()
        options.keys = { hand.now }
        try await Edge.with(options) { edge in
            _ = try await Vault.seed(edge)
            let keys = PostgresAPIKeyStore(edge.database)
            func found(_ library: String, _ query: String) async throws -> (total: Int, libraries: Set<String>) {
                let key = try await keys.create(name: library, role: .admin, scopes: [.read], libraries: [library], lifetime: .seconds(60))
                hand.move(KeyRing.pause)
                let reply = try await edge.send("GET", "/v1/search?q=\(query)&limit=50", token: key.text.reveal())
                let found = reply.json["results"]?.arrayValue ?? reply.json["items"]?.arrayValue ?? []
                return (reply.json["total"]?.integerValue ?? -1, Set(found.compactMap { $0["library"]?.stringValue }))
            }
            #expect(try await found("guide", "gadgets").libraries == ["guide"])
            #expect(try await found("vault", "gadgets").libraries == ["vault"])
            #expect(try await found("guide", "treasure").total == 0)
            #expect(try await found("vault", "installation").total == 0)
            #expect(try await found("nothing", "gadgets").total == 0)
        }
    }

    @Test func `An operator makes a library private and names its readers, before or after it is there`() async throws {
        var options = Edge.Options()
        options.authenticator = Visitor(access: .open(groups: ["visitors"]))
        try await Edge.with(options) { edge in
            let path = "/v1/libraries/guide/access"
            #expect(try await edge.get("/v1/libraries/never/access").status == 404)
            #expect(try await edge.get(path).json["private"] == false)
            let closed = try await edge.send("PUT", path, body: #"{"private":true,"groups":["b","a"]}"#)
            #expect(closed.status == 200 && closed.json["groups"] == ["a", "b"] && closed.json["sources"] == [], "\(closed)")
            #expect(try await edge.send("GET", "/v1/documentation/\(edge.guide)", token: Visitor.token).status == 404)
            let source = try await edge.get("/v1/sources").json["items"]?[0]?["id"]?.stringValue ?? ""
            let partly = #"{"private":true,"sources":[{"source_id":"\#(source)","groups":["visitors"]}]}"#
            #expect(try await edge.send("PUT", path, body: partly).json["sources"]?[0]?["groups"] == ["visitors"])
            let seen = try await edge.send("GET", "/v1/documentation", token: Visitor.token)
            #expect(seen.json["meta"]?["total"] == 1, "\(seen)")
            #expect(try await edge.send("GET", "/v1/libraries", token: Visitor.token).json["items"]?[0]?["private"] == true)
            for body in [
                "{}", #"{"private":1}"#, #"{"private":true,"groups":[""]}"#, #"{"private":true,"groups":["a\u0000"]}"#,
                #"{"private":true,"sources":[{"source_id":"x","groups":[]}]}"#, #"{"private":true,"readers":[]}"#,
            ] {
                let reply = try await edge.send("PUT", path, body: body)
                #expect(reply.status == 422 || reply.status == 400, "\(body): \(reply)")
            }
            let foreign = #"{"private":true,"sources":[{"source_id":"\#(SourceID.make())","groups":["a"]}]}"#
            #expect(try await edge.send("PUT", path, body: foreign).status == 404)
            #expect(try await edge.send("PUT", "/v1/libraries/later/access", body: #"{"private":true}"#).status == 200)
            #expect(try await edge.send("PUT", path, body: #"{"private":false}"#, token: Visitor.token).status == 403)
        }
    }
}
