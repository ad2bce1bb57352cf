package import Domain

/// Decides whether an address may be fetched, from its text alone. What a name resolves to is decided by ``AddressGate`` at the moment of
/// each connection, because an answer that was checked earlier may have changed since.
package struct URLGate: Gate {
    package let name = GateName.url
    package let field: String
    private let policy: URLPolicy

    /// - Parameter field: the input field that rejections name.
    package init(_ policy: URLPolicy, field: String = "web_url") {
        self.policy = policy
        self.field = field
    }

    /// The address in normal form: fetch that, never the text.
    package func decide(_ input: String) -> GateResult<SiteURL> {
        do throws(SiteURL.Invalid) {
            return decide(url: try SiteURL(input))
        } catch {
            return .rejected(rejection(for: error, input))
        }
    }

    /// Decides on an address that is parsed already, such as a link or a redirect.
    package func decide(url: SiteURL) -> GateResult<SiteURL> {
        let details = ["url": url.redacted]
        func reject(_ code: Rejection.Code, _ message: String, limit: String? = nil, hint: String? = nil) -> GateResult<SiteURL> {
            .rejected(Rejection(code, message, field: field, limit: limit, hint: hint, details: details))
        }
        if url.hadUserInfo {
            return reject(.userInfo, "The address names a user or password.", hint: "Leave out everything before the @.")
        }
        let host = url.host.text
        if URLPolicy.matches(host, policy.deniedHosts) {
            return reject(.hostDenied, "The host is on the list of denied hosts.")
        }
        if !policy.allowedHosts.isEmpty, !URLPolicy.matches(host, policy.allowedHosts) {
            return reject(.hostDenied, "The host is not on the list of allowed hosts.", limit: policy.allowedHosts.joined(separator: ", "))
        }
        if let address = url.host.address {
            if let rejection = AddressGate(policy, field: field).reject(address, port: url.port, details: details) {
                return .rejected(rejection)
            }
            if url.host.isDisguisedAddress {
                return reject(.hostDenied, "The host is an address in an unusual notation.", hint: "Write it as \(host).")
            }
            return .accepted(url)
        }
        if let reason = Homograph.reason(labels: url.host.unicodeLabels) {
            return reject(.hostDenied, "The host name is deceptive: \(reason).", hint: "Check the spelling; write the name in one script.")
        }
        if !host.contains("."), policy.allowedNetworks.isEmpty {
            return reject(.privateNetwork, "A name without a dot belongs to a private network.", hint: Self.networksHint)
        }
        // A name may lead into an allowed network, where any port goes: then the port is decided with the address.
        if !policy.allowedPorts.contains(url.port), policy.allowedNetworks.isEmpty {
            return reject(
                .portDenied, "The port \(url.port) is not allowed.", limit: AddressGate.list(policy.allowedPorts), hint: Self.networksHint)
        }
        return .accepted(url)
    }

    static let networksHint = "An operator can allow more with PORTOLAN_ALLOWED_NETWORKS."

    private func rejection(for invalid: SiteURL.Invalid, _ input: String) -> Rejection {
        func reject(_ code: Rejection.Code, limit: String? = nil, hint: String? = nil) -> Rejection {
            let message = invalid.description.prefix(1).uppercased() + invalid.description.dropFirst() + "."
            return Rejection(code, message, field: field, limit: limit, hint: hint, details: ["url": input])
        }
        switch invalid {
        case .tooLong: return reject(.hostDenied, limit: "\(SiteURL.maximumLength) bytes")
        case .characters: return reject(.hostDenied, hint: "Percent-encode them, or remove them.")
        case .notAbsolute, .scheme: return reject(.scheme, limit: "http, https", hint: "Begin with https://.")
        case .host: return reject(.hostDenied)
        case .port: return reject(.portDenied, limit: AddressGate.list(policy.allowedPorts))
        }
    }
}
