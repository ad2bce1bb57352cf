package import Domain

/// Decides on each redirect of a request before it is followed.
package struct RedirectGate: Gate {
    /// A redirect: where the request has been, first to last, and where it is sent.
    package struct Hop: Sendable {
        package let visited: [SiteURL]
        package let location: String

        package init(visited: [SiteURL], location: String) {
            self.visited = visited
            self.location = location
        }
    }

    package let name = GateName.url
    package let field: String
    private let policy: URLPolicy

    /// - Parameter field: the input field that rejections name.
    package init(_ policy: URLPolicy, field: String = "web_url") {
        self.policy = policy
        self.field = field
    }

    /// The next address, which has passed the rules of ``URLGate`` too.
    package func decide(_ input: Hop) -> GateResult<SiteURL> {
        guard let current = input.visited.last else { return .rejected(denied("The redirect comes from nowhere.")) }
        guard input.visited.count <= policy.maximumRedirects else {
            return .rejected(denied("There are too many redirects.", limit: "\(policy.maximumRedirects)"))
        }
        let next: SiteURL
        do throws(SiteURL.Invalid) {
            next = try current.resolve(input.location)
        } catch {
            return .rejected(denied("The redirect leads to an address that cannot be fetched: \(error)."))
        }
        if current.scheme == "https", next.scheme == "http", next.host.address.map(policy.covers) != true {
            return .rejected(denied("The redirect leaves TLS."))
        }
        if input.visited.contains(next) {
            let details = ["url": next.redacted]
            return .rejected(Rejection(.redirectLoop, "The redirects go round in a circle.", field: field, details: details))
        }
        return URLGate(policy, field: field).decide(url: next)
    }

    private func denied(_ message: String, limit: String? = nil) -> Rejection {
        Rejection(.redirectDenied, message, field: field, limit: limit)
    }
}
