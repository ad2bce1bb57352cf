import Digests
import Domain
import FoundationEssentials
import Primitives

/// The proof that Confluence Cloud sends with the webhooks of a Connect app: a JWT, signed with the secret of the installation, for one
/// request (Atlassian, "Understanding JWT for Connect apps" and "Query string hash").
struct ConnectToken {
    /// How far the clocks of both sides may differ.
    private static let leeway = 30.0

    private struct Header: Decodable {
        let alg: String
    }
    private struct Claims: Decodable {
        let exp: Double
        let qsh: String
    }

    /// Whether `token` was made with `secret` for a POST to `path` with `query`, and has not expired.
    ///
    /// - Parameters:
    ///   - path: as below the base address of the app, such as `/webhooks/confluence`.
    ///   - query: percent-encoded, without the question mark.
    static func isValid(_ token: Substring, secret: Redacted<String>, path: String, query: String, now: Date) -> Bool {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard token.utf8.count <= 8192, parts.count == 3, let header: Header = json(parts[0]), header.alg == "HS256",
            let sent = bytes(parts[2]),
            Authenticity.equal(sent, Authenticity.code(for: Array("\(parts[0]).\(parts[1])".utf8), key: Array(secret.reveal().utf8))),
            let claims: Claims = json(parts[1]), claims.exp + leeway > now.timeIntervalSince1970
        else { return false }
        let expected = SHA256.hash("POST&\(path)&\(canonical(query))").hexadecimal
        return Authenticity.equal(Array(claims.qsh.utf8), Array(expected.utf8))
    }

    /// The query in the one form that both sides hash: sorted by name, values of one name together, the token itself left out.
    static func canonical(_ query: String) -> String {
        var values: [String: [String]] = [:]
        for part in query.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { text in
                URLText.encoded(URLText.decoded(text.replacing("+", with: " ")) ?? "", isSegment: true)
            }
            guard pair[0] != "jwt" else { continue }
            values[pair[0], default: []].append(pair.count == 2 ? pair[1] : "")
        }
        return values.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.sorted().joined(separator: ","))" }.joined(separator: "&")
    }

    private static func json<Value: Decodable>(_ part: Substring) -> Value? {
        guard let data = bytes(part) else { return nil }
        return try? ProviderJSON.decode(Value.self, from: data, of: "Confluence")
    }

    private static func bytes(_ part: Substring) -> [UInt8]? {
        let text = part.replacing("-", with: "+").replacing("_", with: "/")
        return Data(base64Encoded: text + String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)).map { Array($0) }
    }
}
