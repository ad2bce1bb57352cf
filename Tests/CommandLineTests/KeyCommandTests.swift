import Domain
import FoundationEssentials
import Primitives
import Storage
import TestSupport
import Testing

@testable import portolan

/// `portolan keys` on a real database.
@Suite struct `Key commands` {
    private struct Key: Decodable {
        let prefix: String
        let name: String
        let role: String
        let scopes: [String]
        let state: String
        let expiresAt: String
        let lastUsedAt: String?
        let subject: String
        let libraries: [String]
        let documentations: [String]
        let key: String?
    }

    @Test func `A key is shown once, listed without its secret, and revoked by its prefix`() async throws {
        try await `Database commands`.with { database in
            let made = await database.run("keys", "create", "--name", "ci", "--role", "READER", "--scope", "docs:read", "--expires", "90d")
            let text = try #require(APIKeyText(Redacted(made.output.filter { $0 != "\n" })), "\(made.diagnostics)")
            #expect(made.code == 0 && made.diagnostics.contains("is not shown again") && !made.diagnostics.contains("ptl_"))
            let other = try await database.json(
                Key.self, "keys", "create", "--name", "agent", "--role", "POWER", "--scope", "docs:read", "--scope", "ingest")
            #expect(other.role == "POWER" && other.scopes == ["docs:read", "ingest"] && other.state == "active")
            #expect(other.key?.hasPrefix("ptl_\(other.prefix)_") == true && other.subject.hasPrefix("key-"))

            let list = await database.run("keys", "list")
            #expect(list.code == 0 && list.output.contains(text.prefix) && list.output.contains("agent") && list.output.contains("active"))
            #expect(!list.output.contains(text.text.reveal().suffix(64)))
            let revoked = await database.run("keys", "revoke", "ptl_\(text.prefix)")
            #expect(revoked.code == 0 && revoked.output.contains("revoked"))
            let all = try await database.json([Key].self, "keys", "list")
            #expect(all.map(\.name) == ["agent", "ci"] && all.map(\.state) == ["active", "revoked"] && all.allSatisfy { $0.key == nil })
            #expect(try await database.json([Key].self, "keys", "list", "--active").map(\.name) == ["agent"])
            let credentials = try await PostgresAPIKeyStore(database.client).working()
            #expect(credentials.map(\.key.name) == ["agent"])
            // A year unless another time is given.
            let lifetime = credentials.first.map { $0.key.expiresAt.timeIntervalSince($0.key.createdAt).rounded() }
            #expect(lifetime == 31_536_000.0)

            let limited = try await database.json(
                Key.self, "keys", "create", "--name", "limited", "--role", "READER", "--scope", "docs:read", "--library", "b", "--library",
                "a")
            #expect(limited.libraries == ["a", "b"] && limited.documentations.isEmpty && other.libraries.isEmpty)
            let access = try await PostgresAPIKeyStore(database.client).working().first { $0.key.name == "limited" }?.key.list.access
            #expect(access == .only(AccessList(libraries: ["a", "b"])))
            #expect(await database.run("keys", "list").output.contains("a, b"))
            let stray = await database.run(
                "keys", "create", "--name", "x", "--role", "READER", "--scope", "docs:read", "--source",
                "0198c0de-0000-7000-8000-000000000000")
            #expect(stray.code == 1 && stray.diagnostics.contains("0198c0de"), "\(stray.diagnostics)")

            let unknown = await database.run("keys", "revoke", "000000000000")
            #expect(unknown.code == 1 && unknown.diagnostics.contains("000000000000"))
        }
    }

    @Test(
        arguments: [
            (["create", "--role", "READER", "--scope", "docs:read"], "--name"),
            (["create", "--name", "a", "--scope", "docs:read"], "--role"), (["create", "--name", "a", "--role", "READER"], "--scope"),
            (["create", "--name", "", "--role", "READER", "--scope", "docs:read"], "--name has 0 characters"),
            (["create", "--name", "a", "--role", "KING", "--scope", "docs:read"], "READER"),
            (["create", "--name", "a", "--role", "READER", "--scope", "everything"], "docs:read"),
            (["create", "--name", "a", "--role", "READER", "--scope", "docs:read", "--expires", "0d"], "--expires"),
            (["create", "--name", "a", "--role", "READER", "--scope", "docs:read", "--expires", "3651d"], "--expires"),
            (["create", "--name", "a", "--role", "READER", "--scope", "docs:read", "--expires", "never"], "--expires"),
            (["create", "--name", "a", "--role", "READER", "--scope", "docs:read", "--library", ""], "--library"),
            (["create", "--name", "a", "--role", "READER", "--scope", "docs:read", "--source", "a"], "--source"),
            (["revoke"], "keys revoke --help"), (["revoke", "ci"], "no prefix of a key"),
        ] as [([String], String)])
    func `A bad argument ends with 2 and one line that names it`(arguments: [String], part: String) async {
        let run = await Invocation.run(["keys"] + arguments)
        #expect(run.code == 2 && run.output == "" && run.diagnostics.contains(part), "\(run.diagnostics)")
        #expect(run.diagnostics.split(separator: "\n").count == 1)
    }

    @Test func `A mistyped secret is not repeated`() async {
        let secret = "ptl_0123456789ab_" + String(repeating: "a", count: 63)
        let run = await Invocation.run(["keys", "revoke", secret])
        #expect(run.code == 2 && !run.diagnostics.contains("aaaa"))
    }

    @Test func `Help and guide name the same options`() async throws {
        let help = await Invocation.run(["keys", "create", "--help"])
        let guide = try String(contentsOfFile: TestData.packageDirectory + "/docs/security.md", encoding: .utf8)
        for option in ["--name", "--role", "--scope", "--library", "--source", "--expires"] {
            #expect(help.output.contains(option) && guide.contains("| `\(option)` |"))
        }
        #expect(help.output.contains("365d") && guide.contains("365d"))
    }
}
