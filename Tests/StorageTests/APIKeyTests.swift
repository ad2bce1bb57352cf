import Digests
import Domain
import FoundationEssentials
import Postgres
import Primitives
import Storage
import Testing

@Suite struct `Keys of the API` {
    private func withKeys(_ body: (PostgresAPIKeyStore, PostgresClient) async throws -> Void) async throws {
        try await withStores { try await body(PostgresAPIKeyStore($0.client), $0.client) }
    }

    @Test func `A key works until it is revoked or expires, and its text is nowhere`() async throws {
        try await withKeys { keys, client in
            let (key, text) = try await keys.create(name: "ci", role: .power, scopes: [.read, .ingest], lifetime: .seconds(3600))
            #expect(key.name == "ci" && key.role == .power && key.scopes == [.read, .ingest] && key.lastUsedAt == nil)
            #expect(key.expiresAt.timeIntervalSince(key.createdAt).rounded() == 3600)
            #expect(key.subject == "key-" + SHA256.hash(key.prefix).hexadecimal.prefix(12))
            #expect(APIKeyText(text)?.prefix == key.prefix)
            #expect(try await keys.working() == [APIKeyCredential(key: key, digest: SHA256.hash(text.reveal()))])
            let secret = String(text.reveal().suffix(64))
            let stored = try await client.query("select k::text as row from portolan.api_key k").single().decode("row", as: String.self)
            #expect(!stored.contains(secret) && stored.contains(key.prefix))

            let (other, _) = try await keys.create(name: "other", role: .reader, scopes: [.read], lifetime: .seconds(3600))
            #expect(other.prefix != key.prefix)
            let revoked = try #require(try await keys.revoke(prefix: key.prefix))
            #expect(revoked.revokedAt != nil)
            let again = try await keys.revoke(prefix: key.prefix)
            #expect(again?.revokedAt == revoked.revokedAt)
            #expect(try await keys.working().map(\.key.name) == ["other"])
            _ = try await client.query("update portolan.api_key set expires_at = now() where name = 'other'")
            #expect(try await keys.working().isEmpty)
            #expect(try await keys.keys().map(\.name) == ["other", "ci"])
            #expect(try await keys.revoke(prefix: "000000000000") == nil)
        }
    }

    @Test func `Its use is written once a minute`() async throws {
        try await withKeys { keys, client in
            let (key, _) = try await keys.create(name: "ci", role: .reader, scopes: [.read], lifetime: .seconds(3600))
            try await keys.noteUse(key.id)
            let first = try #require(try await keys.keys().first?.lastUsedAt)
            let version: SQL = "select xmin::text as version from portolan.api_key"
            let before = try await client.query(version).single().decode("version", as: String.self)
            // Put back inside the minute, a second use writes nothing; beyond it, it does.
            try await keys.noteUse(key.id)
            #expect(try await client.query(version).single().decode("version", as: String.self) == before)
            _ = try await client.query("update portolan.api_key set last_used_at = now() - interval '2 minutes'")
            try await keys.noteUse(key.id)
            let last = try #require(try await keys.keys().first?.lastUsedAt)
            #expect(last >= first)
        }
    }

    @Test func `What a key cannot be is refused`() async throws {
        try await withKeys { keys, client in
            for (name, scopes, lifetime, field) in [
                ("", [.read], .seconds(1), "name"), (String(repeating: "x", count: 101), [.read], .seconds(1), "name"),
                ("a\u{1b}[2J", [.read], .seconds(1), "name"), ("a", [], .seconds(1), "scope"), ("a", [.read], .zero, "expires"),
            ] as [(String, Set<AccessScope>, Duration, String)] {
                let error = await #expect(throws: Fault.self) {
                    _ = try await keys.create(name: name, role: .reader, scopes: scopes, lifetime: lifetime)
                }
                #expect(error?.field == field)
            }
            _ = try await client.query(
                """
                insert into portolan.api_key (id, name, prefix, digest, role, scopes, expires_at)
                select gen_random_uuid(), 'n', lpad(to_hex(n), 12, '0'), sha256(''), 'READER', array['docs:read'], now() + interval '1 day'
                from generate_series(1, \(APIKey.limit)) n
                """)
            let full = await #expect(throws: Fault.self) {
                _ = try await keys.create(name: "a", role: .reader, scopes: [.read], lifetime: .seconds(1))
            }
            #expect(full?.code == "E_KEY_LIMIT")
        }
    }

    @Test(arguments: [
        "", "ptl_", "ptl_0123456789ab", "ptl_0123456789ab_", "ptl_0123456789aB_" + String(repeating: "a", count: 64),
        "ptl_0123456789ab_" + String(repeating: "a", count: 63), "ptl_0123456789ab_" + String(repeating: "g", count: 64),
        "ptl_0123456789ab_" + String(repeating: "a", count: 64) + "_", "xtl_0123456789ab_" + String(repeating: "a", count: 64),
    ])
    func `What has another form is no key`(text: String) {
        #expect(APIKeyText(Redacted(text)) == nil)
    }

    @Test func `A key is named by its prefix, with or without the mark, or by itself`() {
        let key = APIKeyText.random()
        for text in [key.prefix, "ptl_\(key.prefix)", key.text.reveal()] { #expect(APIKeyText.prefix(naming: text) == key.prefix) }
        for text in ["", "ptl_", "nothing", key.prefix + "0", "ptl_\(key.prefix)_"] { #expect(APIKeyText.prefix(naming: text) == nil) }
        #expect("\(key.text)" == "<redacted>" && APIKeyText.random().text != key.text)
    }
}
