import Digests
package import Domain
import FoundationEssentials
package import Postgres
package import Primitives

/// The keys of the API: what the API asks of them, and what an operator does with them.
package struct PostgresAPIKeyStore: APIKeyStore {
    private let client: PostgresClient

    package init(_ client: PostgresClient) { self.client = client }

    private static let columns: SQL = """
        id, name, prefix, 'key-' || left(encode(sha256(convert_to(prefix, 'UTF8')), 'hex'), 12) as subject, role,
        array_to_string(scopes, ' ') as scopes, libraries, documentations, created_at, expires_at, last_used_at, revoked_at
        """

    /// Makes a key that works at once.
    ///
    /// - Parameters:
    ///   - name: what people call it, of ``Domain/APIKey/nameLength`` characters.
    ///   - role: decides its quota.
    ///   - scopes: what it allows; at least one.
    ///   - libraries: names of those that it may see, whether or not they exist, or ``Domain/AccessList/everything``.
    ///   - sources: sources of which it may see what they fill. Without either it sees the public libraries.
    ///   - lifetime: positive.
    /// - Returns: the key, and its text, which is nowhere else.
    /// - Throws: ``Domain/Fault`` for an argument out of bounds, or when there are ``Domain/APIKey/limit`` keys.
    package func create(
        name: String, role: AccessRole, scopes: Set<AccessScope>, libraries: Set<String> = [], sources: Set<SourceID> = [],
        lifetime: Duration
    ) async throws -> (key: APIKey, text: Redacted<String>) {
        guard APIKey.nameLength.contains(name.count), !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
        else { throw Fault.invalid(field: "name", "The name of a key is empty, too long, or has control characters.", limit: "1 to 100") }
        guard !scopes.isEmpty else { throw Fault.invalid(field: "scope", "A key needs a scope.", hint: "Give it docs:read.") }
        guard lifetime > .zero else { throw Fault.invalid(field: "expires", "A key must live for some time.") }
        guard libraries.count + sources.count <= AccessList.limit, libraries.allSatisfy({ AccessList.nameLength.contains($0.count) }) else {
            throw Fault.invalid(
                field: "library", "The access list is too long, or has a name that no library can have.",
                limit: "\(AccessList.limit) libraries and sources, names of 1 to 200 characters")
        }
        let documentations = try await documentations(of: sources)
        let text = APIKeyText.random()
        let rows = try await withFaults {
            try await client.query(
                """
                insert into portolan.api_key (id, name, prefix, digest, role, scopes, libraries, documentations, expires_at)
                select \(APIKeyID.make().uuid), \(name), \(text.prefix), \(SHA256.hash(text.text.reveal())), \(role.rawValue),
                  \(scopes.map(\.rawValue).sorted())::text[], \(libraries.sorted())::text[], \(documentations)::uuid[], now() + \(lifetime)::interval
                where (select count(*) from portolan.api_key where revoked_at is null and expires_at > now()) < \(APIKey.limit)
                returning \(Self.columns)
                """)
        }
        guard let row = rows.first else {
            throw Fault(
                .resourceExhausted, code: "E_KEY_LIMIT", "There are \(APIKey.limit) keys that work.", limit: "\(APIKey.limit) keys",
                hint: "Revoke those that nobody uses.")
        }
        return (try Self.key(row), text.text)
    }

    private func documentations(of sources: Set<SourceID>) async throws -> [UUID] {
        if sources.isEmpty { return [] }
        let rows = try await withFaults {
            try await client.query(
                "select id, documentation_id from portolan.source where id = any(\(sources.sorted().map(\.uuid))::uuid[])")
        }
        let known = Set(try rows.map { SourceID(try $0.decode("id", as: UUID.self)) })
        if let unknown = sources.subtracting(known).min() { throw Fault.notFound("source", unknown.description) }
        return Array(Set(try rows.map { try $0.decode("documentation_id", as: UUID.self) }))
    }

    /// All keys, newest first, also those that work no more.
    package func keys() async throws -> [APIKey] {
        try await withFaults {
            try await client.query("select \(Self.columns) from portolan.api_key order by created_at desc, id desc").map(Self.key)
        }
    }

    /// Revokes the key that `prefix` names; one that was revoked before keeps its time. Nil when there is none.
    package func revoke(prefix: String) async throws -> APIKey? {
        try await withFaults {
            try await client.query(
                """
                update portolan.api_key set revoked_at = coalesce(revoked_at, now()) where prefix = \(prefix) returning \(Self.columns)
                """
            ).first.map(Self.key)
        }
    }

    package func working() async throws -> [APIKeyCredential] {
        try await withFaults {
            try await client.query(
                """
                select digest, \(Self.columns) from portolan.api_key where revoked_at is null and expires_at > now()
                """
            ).map { APIKeyCredential(key: try Self.key($0), digest: try $0.decode("digest", as: [UInt8].self)) }
        }
    }

    package func noteUse(_ id: APIKeyID) async throws {
        _ = try await withFaults {
            try await client.query(
                """
                update portolan.api_key set last_used_at = now()
                where id = \(id.uuid) and (last_used_at is null or last_used_at < now() - interval '1 minute')
                """)
        }
    }

    private static func key(_ row: Row) throws -> APIKey {
        // A scope or role of a newer release allows nothing here.
        let scopes = try row.decode("scopes", as: String.self).split(separator: " ").compactMap { AccessScope(rawValue: String($0)) }
        return APIKey(
            id: APIKeyID(try row.decode("id", as: UUID.self)), name: try row.decode("name", as: String.self),
            prefix: try row.decode("prefix", as: String.self), subject: try row.decode("subject", as: String.self),
            role: AccessRole(rawValue: try row.decode("role", as: String.self)) ?? .reader, scopes: Set(scopes),
            list: AccessList(
                libraries: Set(try row.decode("libraries", as: [String].self)),
                documentations: Set(try row.decode("documentations", as: [UUID].self).map { DocumentationID($0) })),
            createdAt: try row.decode("created_at", as: Date.self), expiresAt: try row.decode("expires_at", as: Date.self),
            lastUsedAt: try row.decode("last_used_at", as: Date?.self), revokedAt: try row.decode("revoked_at", as: Date?.self))
    }
}
