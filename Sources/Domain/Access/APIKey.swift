package import FoundationEssentials
package import Primitives

/// A key of the API as it is kept: everything but its secret.
package struct APIKey: Sendable, Hashable {
    /// Characters of a name.
    package static let nameLength = 1...100
    /// Keys that work at one time: a process holds them all in memory.
    package static let limit = 1000
    /// How the name of a key's holder begins, and no other caller's.
    package static let subjectMark = "key-"

    package let id: APIKeyID
    /// What people call it.
    package let name: String
    /// The part of its text that names it; no secret.
    package let prefix: String
    /// The name that limits and the audit know it by: ``subjectMark`` and a hash of the prefix.
    package let subject: String
    package let role: AccessRole
    /// At least one.
    package let scopes: Set<AccessScope>
    /// What it may see.
    package let list: AccessList
    package let createdAt: Date
    package let expiresAt: Date
    /// To the minute; nil before its first use.
    package let lastUsedAt: Date?
    package let revokedAt: Date?

    /// - Parameters: see the properties.
    package init(
        id: APIKeyID, name: String, prefix: String, subject: String, role: AccessRole, scopes: Set<AccessScope>, list: AccessList,
        createdAt: Date, expiresAt: Date, lastUsedAt: Date?, revokedAt: Date?
    ) {
        (self.id, self.name, self.prefix, self.subject) = (id, name, prefix, subject)
        (self.role, self.scopes, self.list) = (role, scopes, list)
        (self.createdAt, self.expiresAt, self.lastUsedAt, self.revokedAt) = (createdAt, expiresAt, lastUsedAt, revokedAt)
    }

    /// Whether it works, as far as time goes.
    package enum State: String, Sendable, Hashable {
        case active, expired, revoked
    }

    /// What it is at `time`.
    package func state(at time: Date) -> State { revokedAt != nil ? .revoked : time < expiresAt ? .active : .expired }
}

package typealias APIKeyID = Identifier<APIKey>

/// The text of a key, as its holder sends it: `ptl_`, 12 hexadecimal digits that name the key, `_`, 64 that are its secret.
package struct APIKeyText: Sendable {
    /// The whole text.
    package let text: Redacted<String>
    /// The digits that name the key.
    package let prefix: String

    /// How every key begins, so that scanners for leaked secrets know one.
    package static let mark = "ptl_"
    private static let prefixLength = 12
    private static let secretLength = 64

    /// Reads `text`; nil for what has another shape.
    package init?(_ text: Redacted<String>) {
        let parts = text.reveal().split(separator: "_", omittingEmptySubsequences: false)
        guard parts.count == 3, "\(parts[0])_" == Self.mark, let prefix = Self.prefix(parts[1]), parts[2].utf8.count == Self.secretLength,
            parts[2].utf8.allSatisfy(Self.isDigit)
        else { return nil }
        (self.text, self.prefix) = (text, prefix)
    }

    private init(prefix: String, secret: String) {
        (text, self.prefix) = (Redacted("\(Self.mark)\(prefix)_\(secret)"), prefix)
    }

    /// A key that nobody has: 48 random bits for the name, 256 for the secret, from the operating system's generator.
    package static func random() -> APIKeyText {
        APIKeyText(prefix: digits(prefixLength), secret: digits(secretLength))
    }

    /// The digits that name a key, from themselves, with ``mark`` before them, or from a whole key; nil for anything else.
    package static func prefix(naming text: String) -> String? {
        prefix(text[...]) ?? (text.hasPrefix(mark) ? prefix(text.dropFirst(mark.count)) : nil) ?? APIKeyText(Redacted(text))?.prefix
    }

    private static func prefix(_ text: Substring) -> String? {
        text.utf8.count == prefixLength && text.utf8.allSatisfy(isDigit) ? String(text) : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func digits(_ count: Int) -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in String(UInt8.random(in: 0..<16, using: &generator), radix: 16) }.joined()
    }
}
