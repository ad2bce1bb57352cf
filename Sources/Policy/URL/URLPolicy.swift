package import Domain

/// The rules of the URL gate.
package struct URLPolicy: Sendable {
    /// Networks beyond the public addresses; for these any port is allowed.
    package var allowedNetworks: [IPNetwork] = []
    /// Hosts that pass; empty for all. `example.org` stands for itself, `*.example.org` for everything below it.
    package var allowedHosts: [String] = []
    /// Hosts that never pass, in the same notation.
    package var deniedHosts: [String] = []
    /// Ports of public addresses. Default 80 and 443.
    package var allowedPorts: Set<Int> = [80, 443]
    /// Redirects followed for one request. Default 5.
    package var maximumRedirects = 5

    /// The defaults that the properties name.
    package init() {}

    /// Whether an operator allowed the network of `address`.
    package func covers(_ address: IPAddress) -> Bool {
        allowedNetworks.contains { $0.contains(address) }
    }

    static func matches(_ host: String, _ list: [String]) -> Bool {
        list.contains { entry in
            let entry = entry.lowercased()
            return entry.hasPrefix("*.") ? host.hasSuffix(entry.dropFirst()) : host == entry
        }
    }
}
