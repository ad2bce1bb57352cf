import Digests
import Domain
import FoundationEssentials
import Hummingbird
import MCP
import Primitives

/// Signed-in browsers. A session is a cookie that holds the caller's token, sealed with a key that all replicas share: no replica keeps
/// anything, and each request is decided on the token anew, so that a revoked key ends its sessions.
struct ConsoleSessions: Sendable {
    /// How long a browser stays signed in.
    static let lifetime = Duration.seconds(12 * 3600)
    private static let cookie = "portolan_session"
    /// What browsers keep of a cookie at least, with its name and attributes (RFC 6265, 6.1). They drop a larger one without a word.
    private static let cookieLimit = 4096
    private static let context = Array("portolan console session 1".utf8)

    /// One browser that is signed in.
    struct Session: Sendable {
        let token: Redacted<String>
        /// Proves that a form comes from a page of this session.
        let formToken: String
    }

    private let secret: @Sendable () async throws -> [UInt8]
    private let isSecure: Bool
    private let now: @Sendable () -> Date
    private let keys = Locked<(seal: [UInt8], form: [UInt8])?>(nil)

    /// - Parameters:
    ///   - isSecure: whether browsers reach the console by https.
    ///   - secret: shared by all replicas; asked once.
    init(isSecure: Bool, now: @escaping @Sendable () -> Date = { Date() }, secret: @escaping @Sendable () async throws -> [UInt8]) {
        (self.isSecure, self.secret, self.now) = (isSecure, secret, now)
    }

    /// The session of a request; nil without one, and for one that has ended or was never made here.
    func session(_ head: HTTPRequest) async throws -> Session? {
        guard let sealed = Self.value(head) else { return nil }
        guard sealed.utf8.count <= Self.cookieLimit, let bytes = Base64.decodeURLSafe(sealed) else { return nil }
        let keys = try await derived()
        guard let plain = Sealing.open(bytes, key: keys.seal, context: Self.context), plain.count > 24 else { return nil }
        let expiry = plain.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard Double(expiry) > now().timeIntervalSince1970 else { return nil }
        return Session(
            token: Redacted(String(decoding: plain.dropFirst(24), as: UTF8.self)), formToken: Self.formToken(plain[8..<24], keys.form))
    }

    /// The form token of pages for which nobody signs in, because nobody is asked for a token.
    func openFormToken() async throws -> String { Self.formToken([], try await derived().form) }

    /// The header that signs a browser in with `token`; nil for a token that is too long for a cookie, as some of identity providers are.
    func signIn(_ token: Redacted<String>) async throws -> String? {
        let expiry = UInt64(now().timeIntervalSince1970 + Self.lifetime.seconds)
        let plain =
            (0..<8).map { UInt8(truncatingIfNeeded: expiry >> UInt64(56 - 8 * $0)) } + Authenticity.randomBytes(16)
            + Array(token.reveal().utf8)
        let sealed = Base64.encodeURLSafe(Sealing.seal(plain, key: try await derived().seal, context: Self.context))
        let header = header(sealed, age: Int(Self.lifetime.seconds))
        return header.utf8.count <= Self.cookieLimit ? header : nil
    }

    /// The header that signs a browser out.
    var signOut: String { header("", age: 0) }

    private func header(_ value: String, age: Int) -> String {
        "\(Self.cookie)=\(value); Path=/; Max-Age=\(age); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    private static func value(_ head: HTTPRequest) -> String? {
        for part in (head.headerFields[.cookie] ?? "").split(separator: ";") {
            let pair = part.drop { $0 == " " }.split(separator: "=", maxSplits: 1)
            if pair.count == 2, pair[0] == cookie { return String(pair[1]) }
        }
        return nil
    }

    private static func formToken(_ identifier: ArraySlice<UInt8>, _ key: [UInt8]) -> String {
        Array(Authenticity.code(for: Array(identifier), key: key).prefix(16)).hexadecimal
    }

    /// Keys for two purposes from the one secret, neither of which tells anything about the other.
    private func derived() async throws -> (seal: [UInt8], form: [UInt8]) {
        if let keys = keys.withLock({ $0 }) { return keys }
        let secret = try await secret()
        let made = (
            seal: Authenticity.code(for: Array("portolan console seal 1".utf8), key: secret),
            form: Authenticity.code(for: Array("portolan console form 1".utf8), key: secret)
        )
        keys.withLock { $0 = made }
        return made
    }
}
