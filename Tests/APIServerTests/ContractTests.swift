import APIClient
import APIModel
import Domain
import Fetch
import FoundationEssentials
import MCP
import Postgres
import Primitives
import Storage
import TestSupport
import Testing

@testable import APIServer

@Suite(.sharedEdge) struct `The description of the API` {
    private let edge: Edge

    init() throws { edge = try #require(Edge.current) }

    /// `docs/openapi.json`, which holds what the routes of this commit say. `PORTOLAN_WRITE_OPENAPI=1` writes it anew.
    @Test func `The committed description is that of the code`() async throws {
        let served = try await edge.send("GET", "/openapi.json", token: nil)
        #expect(served.status == 200 && served.headers["Content-Type"] == "application/json")
        let file = TestData.packageDirectory + "/docs/openapi.json"
        var current = served.json.objectValue ?? [:]
        // The release is not the code's.
        current["info"] = served.json["info"]?.objectValue.map { info in
            var info = info
            info["version"] = "0.1.0"
            return .object(info)
        }
        let text = Indented.text(.object(current))
        if ProcessInfo.processInfo.environment["PORTOLAN_WRITE_OPENAPI"] != nil {
            try text.write(toFile: file, atomically: true, encoding: .utf8)
        }
        let committed = try String(contentsOfFile: file, encoding: .utf8)
        #expect(
            committed == text,
            "docs/openapi.json is not current: run this test with PORTOLAN_WRITE_OPENAPI=1, then deploy/generate/api.py")
    }

    @Test func `Every route under v1 has a contract`() {
        let described = edge.contracts
        for route in edge.routes where route.template.hasPrefix("/v1/") || route.template.hasPrefix("/agents/") {
            #expect(described.contains("\(route.method ?? "any") \(route.template)"), "\(route)")
        }
    }

    @Test func `Names of operations are unique, and every reference is there`() async throws {
        let document = try await edge.get("/openapi.json").json
        var names: [String] = []
        var references: Set<String> = []
        func walk(_ value: JSONValue) {
            if let object = value.objectValue {
                if let name = object["operationId"]?.stringValue { names.append(name) }
                if let reference = object["$ref"]?.stringValue { references.insert(reference) }
                for member in object.members { walk(member.value) }
            }
            for item in value.arrayValue ?? [] { walk(item) }
        }
        walk(document)
        #expect(names.count == Set(names).count && names.count > 30)
        for reference in references {
            var place: JSONValue? = document
            for part in reference.dropFirst(2).split(separator: "/") { place = place?[String(part)] }
            #expect(place != nil, "\(reference)")
        }
    }

    @Test func `A schema says which members may be missing`() async throws {
        let schemas = try await edge.get("/openapi.json").json["components"]?["schemas"]
        let job = try #require(schemas?["JobDetail"])
        let required = job["required"]?.arrayValue?.compactMap(\.stringValue) ?? []
        #expect(required.contains("id") && required.contains("stage_timings") && !required.contains("retry_of"))
        #expect(job["properties"]?["status"]?["$ref"] == "#/components/schemas/JobState")
        #expect(schemas?["JobState"]?["enum"]?.arrayValue?.count == 8)
        let request = try #require(schemas?["StartIngestionRequest"])
        #expect(request["additionalProperties"] == false && request["required"] == ["web_url"])
        #expect(request["properties"]?["crawl_depth"]?["maximum"] == 10)
        #expect(schemas?["TreeNode"]?["properties"]?["children"]?["items"]?["$ref"] == "#/components/schemas/TreeNode")
    }

    @Test(arguments: ["a", " name ", "", " ", "a\u{7f}", "tab\t", "ö", "\u{a0}", " \u{301}", "\u{85}"])
    func `The pattern of a name is its rule`(text: String) throws { try Self.agree(.name, text) }

    @Test(arguments: [
        "", "a", "ab", " a ", " ab ", "a b", "\u{1}\u{1}", "ä", "a\nb", "  ", "e\u{301}", " \u{301}b", "a\u{81}b", "a\u{85}b", "\r\n",
        "\u{feff}a",
    ])
    func `The pattern of a question is its rule`(text: String) throws { try Self.agree(.question, text) }

    @Test(arguments: ["*", "/a/**", "a b", "[a]", "a\\", "", "ü", "{a}", "\u{7f}"])
    func `The pattern of a glob is its rule`(text: String) throws { try Self.agree(.glob, text) }

    @Test(arguments: ["", "a", "\u{0}", "\u{1f}", "\t\r\n", "\u{7f}", "\u{84}", "\u{85}", "\u{86}", "ü"])
    func `The pattern of any text is its rule`(text: String) throws { try Self.agree(.text, text) }

    @Test(arguments: ["", "a", "cn=docs,ou=people", "\u{1f}", "ü"])
    func `The pattern of a group is its rule`(text: String) throws { try Self.agree(.group, text) }

    @Test func `A body says of which members it has one at most, and takes no null`() async throws {
        let schemas = try await edge.get("/openapi.json").json["components"]?["schemas"]
        let update = try #require(schemas?["UpdateSourceRequest"])
        #expect(update["not"]?["required"] == ["poll_interval_seconds", "schedule"])
        #expect(update["properties"]?["paused"]?["type"] == "boolean")
        let readers = try #require(schemas?["LibraryAccessDetailSourceReaders"])
        #expect(readers["additionalProperties"] == false && readers["properties"]?["groups"]?["items"]?["maxLength"] == 200)
        let found = try await edge.get("/v1/search?q=gadgets&limit=1").json["next_cursor"]?.stringValue
        #expect(try Regex(TextRule.cursor.pattern).wholeMatch(in: #require(found)) != nil)
    }

    private static func agree(_ rule: TextRule, _ text: String) throws {
        let matches = try Regex(rule.pattern).matchingSemantics(.unicodeScalar).wholeMatch(in: text) != nil
        #expect(matches == rule.holds(text))
    }
}

@Suite struct `Validators` {
    @Test func `What was read and has not changed is not sent again`() async throws {
        try await Edge.with { edge in
            for path in ["/v1/libraries", "/v1/jobs", "/v1/documentation/\(edge.guide)/tree", "/openapi.json"] {
                let first = try await edge.get(path)
                let tag = try #require(first.headers["ETag"])
                let second = try await edge.get(path, ["If-None-Match": tag])
                #expect(second.status == 304 && second.body.isEmpty && second.headers["ETag"] == tag, "\(path): \(second)")
                let other = try await edge.get(path, ["If-None-Match": "\"other\", W/\(tag)"])
                #expect(other.status == 304, "\(path): \(other)")
                #expect(try await edge.get(path, ["If-None-Match": "\"other\""]).status == 200)
            }
        }
    }

    @Test func `A change is made only where the present state was seen`() async throws {
        try await Edge.with { edge in
            let source = try #require(try await edge.client.sources().items.first)
            let path = "/v1/sources/\(source.id)"
            let seen = try #require(try await edge.get(path).headers["ETag"])
            let changed = try await edge.send("PATCH", path, ["If-Match": seen], body: #"{"paused":true}"#)
            #expect(changed.status == 200, "\(changed)")
            let late = try await edge.send("PATCH", path, ["If-Match": seen], body: #"{"paused":false}"#)
            #expect(late.status == 412 && late.problem?.errorCode == "E_PRECONDITION", "\(late)")
            #expect(try await edge.client.source(source.id).isPaused)
            let documentation = "/v1/documentation/\(edge.guide)"
            let refused = try await edge.send("DELETE", documentation, ["If-Match": "\"other\""])
            #expect(refused.status == 412)
            let present = try #require(try await edge.get(documentation).headers["ETag"])
            #expect(try await edge.send("DELETE", documentation, ["If-Match": present]).status == 204)
        }
    }
}

@Suite struct `Requests that come again` {
    @Test func `A kept reply is given again, and another request under its key is refused`() async throws {
        try await Edge.with { edge in
            let body = #"{"web_url":"https://docs.example.org/guide/","library":"kept"}"#
            let key: FetchHeaders = ["Idempotency-Key": "one"]
            let first = try await edge.send("POST", "/v1/sources", key, body: body)
            #expect(first.status == 201, "\(first)")
            let id = try #require(first.json["id"]?.stringValue)
            // The reply of now would differ.
            _ = try await edge.send("PATCH", "/v1/sources/\(id)", body: #"{"paused":true}"#)
            let second = try await edge.send("POST", "/v1/sources", key, body: body)
            #expect(second.status == 201 && second.body == first.body)
            #expect(second.headers["Location"] == first.headers["Location"] && second.headers["Location"] != nil)
            let other = try await edge.send("POST", "/v1/sources", key, body: #"{"web_url":"https://docs.example.org/other/"}"#)
            #expect(other.status == 409 && other.problem?.errorCode == "E_IDEMPOTENCY_KEY", "\(other)")
        }
    }

    @Test func `What was refused may come again under its key`() async throws {
        try await Edge.with { edge in
            let key: FetchHeaders = ["Idempotency-Key": "two"]
            let refused = try await edge.send("POST", "/v1/sources", key, body: #"{"web_url":"http://10.0.0.1/"}"#)
            #expect((400...499).contains(refused.status))
            let good = try await edge.send("POST", "/v1/sources", key, body: #"{"web_url":"https://docs.example.org/guide/"}"#)
            #expect(good.status == 201, "\(good)")
        }
    }

    @Test func `A kept reply is not given to a caller whose rights have changed`() async throws {
        let access = Locked(LibraryAccess.all)
        struct Changing: Authenticator {
            let access: Locked<LibraryAccess>
            let isOpen = false

            func principal(token: Redacted<String>?) async throws -> Principal {
                Principal(subject: "same", role: .power, scopes: [.read, .ingest], access: access.withLock(\.self))
            }
        }
        var options = Edge.Options()
        options.authenticator = Changing(access: access)
        try await Edge.with(options) { edge in
            let key: FetchHeaders = ["Idempotency-Key": "three"]
            let body = #"{"web_url":"https://docs.example.org/guide/","library":"kept"}"#
            #expect(try await edge.send("POST", "/v1/sources", key, body: body).status == 201)
            #expect(try await edge.send("POST", "/v1/sources", key, body: body).status == 201)
            access.withLock { $0 = .only(AccessList(libraries: ["other"])) }
            let refused = try await edge.send("POST", "/v1/sources", key, body: body)
            #expect(refused.status == 409 && !refused.text.contains("docs.example.org"), "\(refused)")
        }
    }

    @Test(arguments: [
        (LibraryAccess.only(AccessList(libraries: ["a", "b"])), LibraryAccess.only(AccessList(libraries: ["b", "a"])), true),
        (.only(AccessList(libraries: ["a"])), .open(groups: ["a"]), false), (.publicOnly, .only(AccessList()), false),
        (.open(groups: ["a", "b"]), .open(groups: ["a"]), false), (.all, .publicOnly, false),
    ])
    func `Rights have one text each`(left: LibraryAccess, right: LibraryAccess, isSame: Bool) {
        #expect((left.fingerprint == right.fingerprint) == isSame)
    }

    @Test func `While one is being done another waits, and a dead one is taken over`() async throws {
        try await Edge.with { edge in
            let store = edge.replies
            let key = IdempotencyKey(subject: "s", operation: "POST /x", key: "k")
            let digest = [UInt8](repeating: 1, count: 32)
            #expect(try await store.take(key, digest: digest) == .proceed)
            #expect(try await store.take(key, digest: digest) == .running)
            #expect(try await store.take(key, digest: [UInt8](repeating: 2, count: 32)) == .mismatch)
            _ = try await edge.database.query("update portolan.kept_reply set created_at = now() - interval '61 seconds'")
            #expect(try await store.take(key, digest: digest) == .proceed)
            let reply = KeptReply(status: 201, location: "/x/1", body: [123, 125])
            try await store.keep(key, reply: reply)
            #expect(try await store.take(key, digest: digest) == .replay(reply))
            try await store.release(key)
            #expect(try await store.take(key, digest: digest) == .replay(reply))
            _ = try await edge.database.query("update portolan.kept_reply set created_at = now() - interval '25 hours'")
            #expect(try await store.take(key, digest: [UInt8](repeating: 2, count: 32)) == .proceed)
        }
    }
}

/// JSON with a member on each line, so that a change of the description can be read.
enum Indented {
    static func text(_ value: JSONValue) -> String { lines(value, "") + "\n" }

    private static func lines(_ value: JSONValue, _ margin: String) -> String {
        let inner = margin + "  "
        switch value {
        case .object(let object) where !object.isEmpty:
            let members = object.members.map { "\(inner)\(JSONValue.string($0.key).serializedText): \(lines($0.value, inner))" }
            return "{\n\(members.joined(separator: ",\n"))\n\(margin)}"
        case .array(let items) where items.contains { $0.objectValue != nil }:
            return "[\n\(items.map { inner + lines($0, inner) }.joined(separator: ",\n"))\n\(margin)]"
        default: return value.serializedText
        }
    }
}
