package import Domain

/// Decides whether a connection to a resolved address may be used. Asked for every connection, after name resolution.
package struct AddressGate: Gate {
    /// An address and a port, 1 to 65535.
    package struct Endpoint: Sendable, Hashable {
        package let address: IPAddress
        package let port: Int

        package init(address: IPAddress, port: Int) {
            self.address = address
            self.port = port
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

    package func decide(_ input: Endpoint) -> GateResult<Endpoint> {
        reject(input.address, port: input.port).map { .rejected($0) } ?? .accepted(input)
    }

    func reject(_ address: IPAddress, port: Int, details: [String: String] = [:]) -> Rejection? {
        if policy.covers(address) { return nil }
        let kind = AddressClass(address)
        guard kind == .global else {
            return Rejection(
                .privateNetwork, "The host leads to an address that is not public (\(Self.words(kind))).", field: field,
                limit: policy.allowedNetworks.isEmpty ? "public addresses" : "public addresses and \(Self.list(policy.allowedNetworks))",
                hint: URLGate.networksHint, details: details)
        }
        guard policy.allowedPorts.contains(port) else {
            return Rejection(
                .portDenied, "The port \(port) is not allowed for public addresses.", field: field, limit: Self.list(policy.allowedPorts),
                hint: URLGate.networksHint, details: details)
        }
        return nil
    }

    static func list(_ ports: Set<Int>) -> String { ports.sorted().map(String.init).joined(separator: ", ") }

    private static func list(_ networks: [IPNetwork]) -> String { networks.map(\.description).joined(separator: ", ") }

    private static func words(_ kind: AddressClass) -> String {
        switch kind {
        case .privateUse: "private network"
        case .linkLocal: "link-local"
        case .carrierGrade: "carrier-grade NAT"
        case .metadata: "cloud metadata"
        default: kind.rawValue
        }
    }
}
