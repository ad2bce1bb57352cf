import Digests
public import FoundationEssentials
import Primitives

/// Seals what a server must remember between the rounds of a request, so that the client can carry it and any replica can go on: nobody can
/// read it or change it, use it for another request or as somebody else, or use it late.
///
/// It is encrypted with AES-256-GCM, with the owner and a digest of the request as associated data. Its owner can use it for the same request
/// more than once until it expires, as one has to whose reply was lost: that gives no more than answering the same again. The protocol leaves it to
/// a server whose answers must count once to see to that; see "Server Requirements" in
/// <https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr>.
public struct StateSealer: Sendable {
    /// The longest text that is opened, in bytes.
    static let maximumLength = 64 << 10

    private let keys: [Redacted<[UInt8]>]
    private let lifetime: Duration
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - keys: the first seals, all of them open: put a new key in front, and take the old one out after the lifetime. At least 32 random
    ///     bytes each; the same at all replicas. Without any, a key that only this process has.
    ///   - lifetime: how long a person has time to answer.
    ///   - now: the clock on the wall.
    public init(keys: [[UInt8]] = [], lifetime: Duration = .seconds(600), now: @escaping @Sendable () -> Date = { Date() }) {
        precondition(keys.allSatisfy { $0.count >= 32 }, "a key has fewer than 32 bytes")
        // One that is for this alone: what is given may sign other things, too.
        self.keys = (keys.isEmpty ? [Authenticity.randomBytes(32)] : keys).map { key in
            Redacted(Authenticity.code(for: Array("mcp-state-2".utf8), key: key))
        }
        self.lifetime = lifetime
        self.now = now
    }

    /// What the seal holds together, beside the contents.
    struct Binding: Sendable, Hashable {
        /// Whose request it is.
        let owner: String
        /// A digest of what was asked for.
        let digest: [UInt8]

        init(owner: String, digest: [UInt8]) { (self.owner, self.digest) = (owner, digest) }

        /// The binding of a request: its method and parameters without what differs between rounds. The order of members makes no difference.
        init(owner: String, method: String, params: JSONObject) {
            var lasting = params
            for key in ["_meta", "inputResponses", "requestState"] { lasting[key] = nil }
            digest = SHA256.hash(JSONValue.array([.string(method), .object(lasting)]).canonical.serialized)
            self.owner = owner
        }

        /// What is sealed together with the contents. All parts have a fixed length, so that no two bindings make the same bytes.
        fileprivate var context: [UInt8] { SHA256.hash(owner) + SHA256.hash(digest) }
    }

    /// The sealed text of `contents`.
    func seal(_ contents: JSONObject, for binding: Binding) -> String {
        let expiry = Int(now().timeIntervalSince1970.rounded(.up)) + Int(lifetime.seconds.rounded(.up))
        let payload = JSONValue.array([.integer(expiry), .object(contents)]).serialized
        return Base64.encodeURLSafe(Sealing.seal(payload, key: keys[0].reveal(), context: binding.context))
    }

    /// The contents of `text`.
    ///
    /// - Throws: `invalidParams` for what was not sealed here for this binding, or too long ago. The message does not tell which.
    func open(_ text: String, for binding: Binding) throws(ProtocolError) -> JSONObject {
        guard text.utf8.count <= Self.maximumLength, let sealed = Base64.decodeURLSafe(text),
            let payload = keys.lazy.compactMap({ Sealing.open(sealed, key: $0.reveal(), context: binding.context) }).first,
            let parts = try? JSONValue(parsing: payload), let expiry = parts[0]?.integerValue, let contents = parts[1]?.objectValue,
            Double(expiry) > now().timeIntervalSince1970
        else {
            throw ProtocolError(
                .invalidParams, "requestState is not the one of this request, or has expired: repeat the request without it")
        }
        return contents
    }
}

extension JSONValue {
    /// The same value with the members of all objects in the order of their keys.
    var canonical: JSONValue {
        switch self {
        case .array(let elements): .array(elements.map(\.canonical))
        case .object(let object):
            .object(
                JSONObject(
                    distinct: object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
                        .map { JSONObject.Member(key: $0.key, value: $0.value.canonical) }))
        default: self
        }
    }
}
