import Digests
import Domain
import FoundationEssentials
import MCP

/// What a token says of its holder, once it is for this server and in time (RFC 7519 section 4.1, RFC 9068).
struct TokenClaims {
    /// How far the clocks of both sides may differ, in seconds.
    static let leeway = 30.0

    let principal: Principal

    /// - Throws: ``AccessToken/Refusal`` for a token of another issuer, for another audience, out of time, or with claims of another shape.
    init(_ claims: JSONObject, _ configuration: OAuthAuthenticator.Configuration, at time: Date) throws(AccessToken.Refusal) {
        guard claims["iss"]?.stringValue == configuration.issuer else { throw .issuer }
        let audiences = claims["aud"].flatMap { Self.strings($0) } ?? []
        // A resource is named with or without the slash that stands for its root.
        let named = audiences.map { $0.hasSuffix("/") ? String($0.dropLast()) : $0 }
        guard !configuration.audiences.isDisjoint(with: named) else { throw .audience }
        let now = time.timeIntervalSince1970
        guard let expiry = claims["exp"]?.numberValue else { throw .claims }
        guard now < expiry + Self.leeway else { throw .expired }
        for name in ["nbf", "iat"] {
            guard let claim = claims[name] else { continue }
            guard let start = claim.numberValue else { throw .claims }
            guard start <= now + Self.leeway else { throw .notYet }
        }
        guard let subject = claims["sub"]?.stringValue, (1...255).contains(subject.utf8.count) else { throw .claims }
        principal = Principal(
            subject: "user-" + SHA256.hash("\(configuration.issuer)\u{1f}\(subject)").hexadecimal.prefix(12),
            role: try Self.role(Self.value(claims, configuration.roleClaim)), scopes: try Self.scopes(claims),
            access: try Self.access(claims, configuration), expiresAt: Date(timeIntervalSince1970: expiry + Self.leeway))
    }

    /// The member `name`, which may be one of a member: `realm_access.roles`.
    private static func value(_ claims: JSONObject, _ name: String) -> JSONValue? {
        if let value = claims[name] { return value }
        var value: JSONValue? = .object(claims)
        for part in name.split(separator: ".", omittingEmptySubsequences: false) { value = value?[String(part)] }
        return value
    }

    /// A string, or an array of strings.
    private static func strings(_ value: JSONValue) -> [String]? {
        if let text = value.stringValue { return [text] }
        guard let elements = value.arrayValue else { return nil }
        let texts = elements.compactMap(\.stringValue)
        return texts.count == elements.count ? texts : nil
    }

    /// The known ones of `scope` (RFC 8693 section 4.2) and `scp`: words in a string, or an array.
    private static func scopes(_ claims: JSONObject) throws(AccessToken.Refusal) -> Set<AccessScope> {
        var scopes: Set<AccessScope> = []
        for name in ["scope", "scp"] {
            guard let claim = claims[name] else { continue }
            guard let texts = strings(claim) else { throw .claims }
            scopes.formUnion(texts.flatMap { $0.split(separator: " ") }.compactMap { AccessScope(rawValue: String($0)) })
        }
        return scopes
    }

    /// The highest known one; READER without any.
    private static func role(_ claim: JSONValue?) throws(AccessToken.Refusal) -> AccessRole {
        guard let claim else { return .reader }
        guard let texts = strings(claim) else { throw .claims }
        let roles = Set(texts.compactMap { AccessRole(rawValue: $0.uppercased()) })
        return roles.contains(.admin) ? .admin : roles.contains(.power) ? .power : .reader
    }

    /// An access list, where the token has one, even an empty one; else the public libraries and those of the holder's groups.
    private static func access(
        _ claims: JSONObject, _ configuration: OAuthAuthenticator.Configuration
    ) throws(AccessToken.Refusal) -> LibraryAccess {
        if let claim = value(claims, configuration.librariesClaim) {
            guard let names = strings(claim), names.count <= AccessList.limit else { throw .claims }
            return names.contains(AccessList.everything) ? .all : .only(AccessList(libraries: Set(names)))
        }
        guard let claim = value(claims, configuration.groupsClaim) else { return .publicOnly }
        guard let groups = strings(claim) else { throw .claims }
        return .open(groups: Set(groups.filter { LibraryAccess.groupLength.contains($0.utf8.count) }.prefix(LibraryAccess.groupLimit)))
    }
}
