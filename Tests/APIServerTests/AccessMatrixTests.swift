import APIModel
import Domain
import Fetch
import FoundationEssentials
import MCP
import Primitives
import TestSupport
import Testing

@testable import APIServer

/// Takes tokens that say what they are worth, such as `READER/docs:read+ask`.
private struct SelfDescribing: Authenticator {
    let isOpen = false

    func principal(token: Redacted<String>?) async throws -> Principal {
        guard let token else { throw Fault.tokenMissing }
        let parts = token.reveal().split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let role = AccessRole(rawValue: String(parts[0])) else { throw Fault.tokenWrong }
        return Principal(
            subject: token.reveal(), role: role,
            scopes: Set(parts[1].split(separator: "+").compactMap { AccessScope(rawValue: String($0)) }))
    }

    /// A reader with no scope, each scope alone, all but each, and all; the other roles with none and all, because a role gives no right.
    static let callers: [(token: String, scopes: Set<AccessScope>)] = AccessRole.allCases.flatMap { role in
        let all = Set(AccessScope.allCases)
        let sets = [[], all] + (role == .reader ? all.map { [$0] } + all.map { all.subtracting([$0]) } : [])
        return sets.map { ("\(role.rawValue)/\($0.map(\.rawValue).joined(separator: "+"))", $0) }
    }
}

/// The tables of docs/security.md, cell by cell.
private struct Tables {
    private let rows: [[String]]

    init() throws {
        let text = try String(contentsOfFile: TestData.packageDirectory + "/docs/security.md", encoding: .utf8)
        rows = text.split(separator: "\n").filter { $0.hasPrefix("|") }.map { line in
            line.split(separator: "|").map { cell in String(cell.filter { $0 != "`" && $0 != " " }) }
        }
    }

    /// The body of the table with the headings `heading`.
    func table(_ heading: [String]) throws -> [[String]] {
        let start = try #require(rows.firstIndex(of: heading))
        return Array(rows[(start + 2)...].prefix { $0.count == heading.count && $0 != heading && $0[0] != "refusal" })
    }
}

@Suite struct `Who may do what` {
    /// A path that fits `template` and names nothing that there is.
    private static func path(_ template: String) -> String {
        template.replacing("{id}", with: "0198c0de-0000-7000-8000-000000000000").replacing("{kind}", with: "nothing").replacing(
            "{name}", with: "nothing")
    }

    @Test func `Every route asks every caller for what the guide says`() async throws {
        var options = Edge.Options()
        options.authenticator = SelfDescribing()
        try await Edge.with(options) { edge in
            var expected: [String: AccessScope?] = [:]
            for row in try Tables().table(["method", "route", "scope"]) {
                #expect(row[2] == "none" || AccessScope(rawValue: row[2]) != nil, "\(row)")
                expected["\(row[0]) \(row[1])"] = .some(AccessScope(rawValue: row[2]))
            }
            let names = edge.routes.map { "\($0.method ?? "any") \($0.template)" }
            #expect(Set(names) == Set(expected.keys) && names.count == Set(names).count)
            for (route, name) in zip(edge.routes, names) {
                guard let scope = expected[name] else { continue }
                let (method, path) = (route.method ?? "POST", Self.path(route.template))
                let stranger = try await edge.send(method, path, token: nil)
                #expect((stranger.status == 401) == (scope != nil), "\(name): \(stranger)")
                for caller in SelfDescribing.callers {
                    let reply = try await edge.send(method, path, token: caller.token)
                    let isDenied = reply.status == 403 && reply.problem?.errorCode == "E_SCOPE"
                    #expect(isDenied == (scope.map { !caller.scopes.contains($0) } ?? false), "\(name) for \(caller.token): \(reply)")
                    #expect(reply.status != 401 && reply.status < 500, "\(name) for \(caller.token): \(reply)")
                    let asked = reply.headers["WWW-Authenticate"]
                    #expect((asked != nil) == isDenied && asked?.contains("scope=\"\(scope?.rawValue ?? "-")\"") ?? true)
                }
            }
        }
    }

    @Test func `Every tool exists for those who may call it`() async throws {
        var options = Edge.Options()
        options.authenticator = SelfDescribing()
        try await Edge.with(options) { edge in
            var expected: [String: AccessScope] = [:]
            for row in try Tables().table(["tool", "scope"]) {
                let scope: AccessScope = try #require(AccessScope(rawValue: row[1]))
                expected[row[0]] = scope
            }
            for caller in SelfDescribing.callers where caller.scopes.contains(.read) {
                let agent = Agent(edge: edge, token: caller.token)
                let visible = expected.filter { caller.scopes.contains($0.value) }.keys.sorted()
                #expect(try await agent.toolNames() == visible, "\(caller.token)")
                for tool in expected.keys {
                    let call = try await agent.call(tool, ["surprise": 1])
                    // What exists complains about the argument, what does not about the name.
                    #expect(call.isToolError == visible.contains(tool), "\(tool) for \(caller.token): \(call)")
                    #expect((call["error"]?["message"]?.stringValue?.contains("Unknown tool") ?? false) != visible.contains(tool))
                }
            }
        }
    }
}
