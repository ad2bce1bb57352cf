import Digests
package import Domain
import FoundationEssentials
package import Primitives

/// The one configured token, where there is one, and the keys that operators make.
package struct KeyAuthenticator: Authenticator {
    private let single: TokenAuthenticator?
    private let ring: KeyRing
    private let store: any APIKeyStore

    package let isOpen = false

    /// - Parameters:
    ///   - token: accepted with all scopes; nil for none.
    ///   - keys: where the keys are.
    package init(token: Redacted<String>?, keys: any APIKeyStore) { self.init(token: token, keys: keys) { .now } }

    init(token: Redacted<String>?, keys: any APIKeyStore, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        single = token.map { TokenAuthenticator(token: $0) }
        (ring, store) = (KeyRing(store: keys, now: now), keys)
    }

    package func principal(token: Redacted<String>?) async throws -> Principal {
        guard let token else { throw Fault.tokenMissing }
        guard let text = APIKeyText(token) else {
            guard let single else { throw Fault.tokenWrong }
            return try await single.principal(token: token)
        }
        let digest = SHA256.hash(token.reveal())
        // Revoked, expired, never made, or made with another secret: all look the same.
        guard let credential = try await ring.credential(prefix: text.prefix), Authenticity.equal(digest, credential.digest),
            credential.key.state(at: Date()) == .active
        else { throw Fault.tokenWrong }
        let key = credential.key
        if await ring.isUseDue(key.id) {
            // A request does not fail because its trace cannot be kept.
            try? await store.noteUse(key.id)
        }
        return Principal(subject: key.subject, role: key.role, scopes: key.scopes, access: key.list.access)
    }

    package func isCurrent(_ principal: Principal) async throws -> Bool {
        guard principal.subject.hasPrefix(APIKey.subjectMark) else { return true }
        return try await ring.credential(subject: principal.subject)?.key.state(at: Date()) == .active
    }
}

/// The keys that work, as this process last read them: a request costs no statement, and strangers who try keys cost one a second.
actor KeyRing {
    /// After which what was read counts no more: how long a revoked key may still be taken.
    static let lifetime = Duration.seconds(5)
    /// How soon the store is asked again for a key that is not among those read: how long a new key may be refused.
    static let pause = Duration.seconds(1)
    /// How often the use of a key is written down.
    static let usePause = Duration.seconds(60)

    private let store: any APIKeyStore
    private let now: @Sendable () -> ContinuousClock.Instant
    private var known: [String: APIKeyCredential] = [:]
    private var prefixes: [String: String] = [:]
    private var readAt: ContinuousClock.Instant?
    private var failure: (error: any Error, at: ContinuousClock.Instant)?
    private var reading: Task<Void, any Error>?
    private var usedAt: [APIKeyID: ContinuousClock.Instant] = [:]

    init(store: any APIKeyStore, now: @escaping @Sendable () -> ContinuousClock.Instant) {
        (self.store, self.now) = (store, now)
    }

    /// The key that `prefix` names; nil when there is none that works.
    /// - Throws: what the store throws, also for a second after it did.
    func credential(prefix: String) async throws -> APIKeyCredential? { try await credential { $0.known[prefix] } }

    /// The key whose holders are called `subject`; nil when there is none that works.
    /// - Throws: as ``credential(prefix:)``.
    func credential(subject: String) async throws -> APIKeyCredential? {
        try await credential { ring in ring.prefixes[subject].flatMap { ring.known[$0] } }
    }

    private func credential(_ find: (isolated KeyRing) -> APIKeyCredential?) async throws -> APIKeyCredential? {
        if let readAt {
            let age = readAt.duration(to: now())
            if age < Self.lifetime, let found = find(self) { return found }
            if age < Self.pause { return nil }
        }
        if let failure, failure.at.duration(to: now()) < Self.pause { throw failure.error }
        try await read()
        return find(self)
    }

    /// Whether the use of a key should be written down; says so once a minute.
    func isUseDue(_ id: APIKeyID) -> Bool {
        let now = now()
        if let last = usedAt[id], last.duration(to: now) < Self.usePause { return false }
        usedAt[id] = now
        return true
    }

    private func read() async throws {
        if let reading { return try await reading.value }
        // Not a child of the caller: others wait for the same answer, and a caller who goes away must not end it for them.
        let task = Task { try await load() }
        reading = task
        try await task.value
    }

    private func load() async throws {
        // What counts is when the question was asked: a key may be revoked while the answer is on its way.
        let start = now()
        defer { reading = nil }
        do {
            let credentials = try await store.working()
            known = Dictionary(credentials.map { ($0.key.prefix, $0) }) { $1 }
            prefixes = Dictionary(credentials.map { ($0.key.subject, $0.key.prefix) }) { $1 }
            (readAt, failure) = (start, nil)
            let ids = Set(credentials.map(\.key.id))
            usedAt = usedAt.filter { ids.contains($0.key) }
        } catch {
            failure = (error, start)
            throw error
        }
    }
}
