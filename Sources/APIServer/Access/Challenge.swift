import Domain

/// What a refused caller is told in `WWW-Authenticate` (RFC 6750 section 3, RFC 9728 section 5.1).
struct Challenge {
    /// Nil where no identity provider is configured.
    let resource: ProtectedResource?

    /// The challenge for `fault`; nil for one that is not about who calls.
    ///
    /// - Parameters:
    ///   - scope: all that the route needs.
    ///   - path: of the request.
    func header(for fault: Fault, scope: AccessScope?, path: some StringProtocol) -> String? {
        let error: String?
        switch fault.code {
        case Fault.tokenMissing.code: error = nil
        case Fault.tokenWrong.code: error = "invalid_token"
        case Fault.tokenMalformed("").code: error = "invalid_request"
        case Fault.scopeCode: error = "insufficient_scope"
        default: return nil
        }
        var parts = [#"Bearer realm="portolan""#]
        if let error { parts.append(#"error="\#(error)""#) }
        // A client without a token learns what to ask for; one with a wrong token what it had better have.
        if let scope, resource != nil || error == "insufficient_scope" { parts.append(#"scope="\#(scope.rawValue)""#) }
        if let resource { parts.append(#"resource_metadata="\#(resource.metadataURL(forPath: path))""#) }
        return parts.joined(separator: ", ")
    }
}
