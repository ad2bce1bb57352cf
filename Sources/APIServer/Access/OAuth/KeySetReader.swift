import Domain
import MCP
import Primitives

/// Where the keys of an identity provider are: at a known address, or at the one that its metadata names.
struct KeySetReader: Sendable {
    let issuer: String
    /// Nil: looked up.
    let keysURL: String?
    let documents: any IdentityDocuments

    private static let metadataSize = ByteCount.kibibytes(256)

    /// - Throws: ``Domain/Fault``.
    func read() async throws -> KeySet {
        let url: String
        if let keysURL { url = keysURL } else { url = try await discover() }
        guard let set = KeySet(try await documents.document(at: url, limit: KeySet.size)) else {
            throw Fault.unavailable("the identity provider", "The identity provider's keys cannot be read.")
        }
        return set
    }

    /// The address of the keys in the issuer's metadata: RFC 8414, or OpenID Connect Discovery, whichever is there.
    private func discover() async throws -> String {
        var failure: any Error = Fault.unavailable("the identity provider", "The identity provider publishes no metadata.")
        for url in Self.metadataURLs(of: issuer) {
            do {
                let document = try JSONValue(
                    parsing: try await documents.document(at: url, limit: Self.metadataSize),
                    limits: JSONLimits(size: Self.metadataSize, depth: 16))
                // Metadata of another issuer must not say where the keys of this one are.
                guard document["issuer"]?.stringValue == issuer, let keys = document["jwks_uri"]?.stringValue else {
                    continue
                }
                return keys
            } catch {
                failure = error
            }
        }
        throw failure
    }

    /// Where metadata may be, in the order in which they are asked (RFC 8414 section 3.1, OpenID Connect Discovery section 4).
    static func metadataURLs(of issuer: String) -> [String] {
        guard let scheme = issuer.firstRange(of: "://") else { return [] }
        let rest = issuer[scheme.upperBound...]
        let host = issuer[..<scheme.upperBound] + rest.prefix { $0 != "/" }
        var path = String(rest.drop { $0 != "/" })
        while path.hasSuffix("/") { path.removeLast() }
        let inserted = ["oauth-authorization-server", "openid-configuration"].map { "\(host)/.well-known/\($0)\(path)" }
        return path.isEmpty ? inserted : inserted + ["\(host)\(path)/.well-known/openid-configuration"]
    }
}
