import Domain
import Hummingbird
import Primitives

/// Finds the bearer token of a request (RFC 6750).
enum BearerToken {
    /// What follows `Bearer` in `Authorization`; nil when there is none.
    /// - Throws: ``EdgeFailure`` with 400 for a token in the query, where logs of proxies keep it, for one that cannot be any, and for more than one.
    static func read(_ head: HTTPRequest) throws(EdgeFailure) -> Redacted<String>? {
        let query = (head.path ?? "").split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).dropFirst().first ?? ""
        let names = query.split(separator: "&").map { $0.prefix { $0 != "=" } }
        if names.contains(where: { PercentDecoding.decoded($0)?.lowercased() == "access_token" }) {
            throw .malformedToken("A token does not belong in an address.")
        }
        let values = head.headerFields[values: .authorization]
        guard values.count <= 1 else { throw .malformedToken("The request has more than one header Authorization.") }
        guard let header = values.first else { return nil }
        let parts = header.split(separator: " ", omittingEmptySubsequences: true)
        guard parts.first?.lowercased() == "bearer" else { return nil }
        guard parts.count == 2, parts[1].utf8.allSatisfy(isTokenByte) else {
            throw .malformedToken("The header Authorization has no token behind Bearer, or more than one.")
        }
        return Redacted(String(parts[1]))
    }

    /// The characters of RFC 6750 section 2.1, and the other visible ones: a configured token may have any.
    private static func isTokenByte(_ byte: UInt8) -> Bool { (0x21...0x7E).contains(byte) && byte != UInt8(ascii: ",") }
}

extension EdgeFailure {
    /// A token that is sent in a way in which none is taken.
    fileprivate static func malformedToken(_ message: String) -> EdgeFailure { EdgeFailure(fault: .tokenMalformed(message), status: 400) }
}
