/// An address that a transfer is about to use, after name resolution.
package struct ResolvedAddress: Sendable, Hashable, CustomStringConvertible {
    /// The address in network byte order: 4 bytes for IPv4, 16 for IPv6.
    package let bytes: [UInt8]
    /// The port, 1 to 65535.
    package let port: Int
    /// The address as text, IPv6 without brackets.
    package let description: String
}

/// What an address guard says about one address.
package enum GuardDecision: Sendable, Hashable {
    /// The connection may be used.
    case allow
    /// The connection must not be used. `reason` reaches the caller in ``FetchError/refusal`` and must be safe for strangers.
    case refuse(reason: String)
}

/// Decides on every address before it is used: once before a socket is opened, and again before a request goes over a connection, a kept
/// one included, so that a connection opened under another guard is of no use. Runs on the transfer thread: it must not block.
package typealias AddressGuard = @Sendable (ResolvedAddress) -> GuardDecision
