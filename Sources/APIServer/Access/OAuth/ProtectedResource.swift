import Domain

/// This server as a resource that tokens of an identity provider are for (RFC 9728).
package struct ProtectedResource: Sendable, Hashable {
    /// How clients reach the server, without a slash at the end.
    package var publicURL: String
    /// Who issues the tokens.
    package var issuer: String

    /// - Parameters: see the properties.
    package init(publicURL: String, issuer: String) { (self.publicURL, self.issuer) = (publicURL, issuer) }

    /// Where its metadata is found.
    static let metadataPath = "/.well-known/oauth-protected-resource"
    /// Below it: that of the agents' endpoint, which is a resource of its own to clients that know no other address.
    static let agentSuffix = "/mcp"

    /// Who the audience of a token may be.
    package var audiences: Set<String> { [publicURL, publicURL + Self.agentSuffix] }

    /// The metadata of the whole server, or of the agents' endpoint.
    func metadata(ofAgents: Bool) -> Metadata {
        Metadata(
            resource: publicURL + (ofAgents ? Self.agentSuffix : ""), authorization_servers: [issuer],
            scopes_supported: AccessScope.allCases.map(\.rawValue), bearer_methods_supported: ["header"], resource_name: "Portolan")
    }

    /// The document of RFC 9728 section 2.
    struct Metadata: Encodable {
        let resource: String
        let authorization_servers: [String]
        let scopes_supported: [String]
        let bearer_methods_supported: [String]
        let resource_name: String
    }

    /// Where a client that was refused at `path` finds out what to do.
    func metadataURL(forPath path: some StringProtocol) -> String {
        publicURL + Self.metadataPath + (path == Self.agentSuffix ? Self.agentSuffix : "")
    }
}
