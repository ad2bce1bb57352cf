import Hummingbird

/// What this server tells OAuth clients about itself (RFC 9728): for the whole server, and for the agents' endpoint.
struct ResourceRoutes: Sendable {
    /// Nil where no identity provider is configured: there is nothing to tell then.
    let resource: ProtectedResource?

    var routes: [Route] {
        [
            Route(.get, ProtectedResource.metadataPath, .open) { _ in try metadata(ofAgents: false) },
            Route(.get, ProtectedResource.metadataPath + ProtectedResource.agentSuffix, .open) { _ in try metadata(ofAgents: true) },
        ]
    }

    private func metadata(ofAgents: Bool) throws -> Response {
        guard let resource else { throw EdgeFailure.noRoute }
        return try .json(
            resource.metadata(ofAgents: ofAgents), headers: [.cacheControl: "public, max-age=3600"])
    }
}
