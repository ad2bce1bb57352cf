import Digests
import Domain
import Hummingbird

/// A strong validator of a representation: the beginning of its SHA-256, in quotes.
enum EntityTag {
    /// The tag of `bytes`.
    static func of(_ bytes: [UInt8]) -> String { "\"\(Array(SHA256.hash(bytes).prefix(12)).hexadecimal)\"" }

    /// Whether the header `If-None-Match` names `tag`. Compared weakly, as RFC 9110 asks: a proxy that compresses marks tags as weak.
    static func matches(_ header: String, _ tag: String) -> Bool {
        header.split(separator: ",").contains { candidate in
            let candidate = candidate.drop { $0 == " " }
            return candidate == "*" || candidate == tag || candidate == "W/\(tag)"
        }
    }
}

/// What a client has seen of the thing that it wants to change.
struct EntityTagCondition: Sendable, Hashable {
    private let header: String

    /// - Parameter header: the value of `If-Match`.
    init(_ header: String) { self.header = header }

    /// - Parameter bytes: the present representation.
    /// - Throws: ``EdgeFailure`` with 412 when the client has seen another one.
    func check(_ bytes: [UInt8]) throws(EdgeFailure) {
        guard EntityTag.matches(header, EntityTag.of(bytes)) else {
            throw EdgeFailure(
                fault: Fault(
                    .conflict, code: "E_PRECONDITION", "It has changed since it was read.", field: "If-Match",
                    hint: "Read it again, and decide on what is there now."), status: 412)
        }
    }
}
