/// A block of addresses in CIDR notation.
package struct IPNetwork: Sendable, Hashable, CustomStringConvertible {
    /// The first address.
    package let base: IPAddress
    /// How many leading bits the addresses share: 0 to 32 for IPv4, 0 to 128 for IPv6.
    package let prefixLength: Int

    /// Reads `10.0.0.0/8`, `fd00::/8`, or a single address. Bits behind the prefix are dropped. `nil` when it is neither.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let address = IPAddress(String(parts[0])) else { return nil }
        let width = address.bytes.count * 8
        var length = width
        if parts.count == 2 {
            guard (1...3).contains(parts[1].utf8.count), parts[1].utf8.allSatisfy(\.isDigit), let number = Int(parts[1]), number <= width
            else { return nil }
            length = number
        }
        let masked = address.bytes.enumerated().map { $1 & Self.mask(length, byte: $0) }
        guard let base = IPAddress(bytes: masked) else { return nil }
        self.base = base
        self.prefixLength = length
    }

    /// Whether `address` lies inside. IPv4 inside IPv6 (`::ffff:…`) counts as IPv4.
    package func contains(_ address: IPAddress) -> Bool {
        let bytes = address.bytes.count == base.bytes.count ? address.bytes : address.unmapped.bytes
        guard bytes.count == base.bytes.count else { return false }
        return bytes.indices.allSatisfy { bytes[$0] & Self.mask(prefixLength, byte: $0) == base.bytes[$0] }
    }

    package var description: String { "\(base)/\(prefixLength)" }

    private static func mask(_ length: Int, byte index: Int) -> UInt8 {
        let bits = min(max(length - index * 8, 0), 8)
        return bits == 0 ? 0 : 0xFF << UInt8(8 - bits)
    }
}
