package import Domain

/// What kind of network an address belongs to (RFC 6890 and the registries of special-purpose addresses).
package enum AddressClass: String, Sendable, Hashable, CaseIterable {
    case global, unspecified, loopback, privateUse, linkLocal, carrierGrade, multicast, metadata, documentation, reserved

    /// The class of `address`. IPv4 inside an IPv6 address (mapped, compatible, NAT64, 6to4) counts as that IPv4 address when it is not
    /// global, and as reserved otherwise, but for mapped ones: no public site is reached that way.
    package init(_ address: IPAddress) {
        let plain = address.unmapped
        self = plain.isFour ? Self.four(plain.bytes) : Self.six(plain.bytes)
    }

    private static func four(_ bytes: [UInt8]) -> AddressClass {
        switch (bytes[0], bytes[1], bytes[2], bytes[3]) {
        case (169, 254, 169, 254), (169, 254, 170, 2), (100, 100, 100, 200), (168, 63, 129, 16), (192, 0, 0, 192): .metadata
        case (0, 0, 0, 0): .unspecified
        case (0, _, _, _): .reserved
        case (127, _, _, _): .loopback
        case (10, _, _, _), (172, 16...31, _, _), (192, 168, _, _): .privateUse
        case (169, 254, _, _): .linkLocal
        case (100, 64...127, _, _): .carrierGrade
        case (192, 0, 2, _), (198, 51, 100, _), (203, 0, 113, _): .documentation
        case (192, 0, 0, _), (192, 88, 99, _), (198, 18...19, _, _), (192, 31, 196, _), (192, 52, 193, _), (192, 175, 48, _): .reserved
        case (224...239, _, _, _): .multicast
        case (240...255, _, _, _): .reserved
        default: .global
        }
    }

    private static func six(_ bytes: [UInt8]) -> AddressClass {
        func embedded(_ offset: Int) -> AddressClass {
            let inner = four(Array(bytes[offset..<offset + 4]))
            return inner == .global ? .reserved : inner
        }
        let groups = stride(from: 0, to: 16, by: 2).map { UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1]) }
        if bytes == [0xFD, 0x00, 0x0E, 0xC2] + [UInt8](repeating: 0, count: 10) + [0x02, 0x54] { return .metadata }
        if groups[..<6].allSatisfy({ $0 == 0 }) {
            switch (groups[6], groups[7]) {
            case (0, 0): return .unspecified
            case (0, 1): return .loopback
            default: return embedded(12)
            }
        }
        switch groups[0] {
        case 0x0064 where groups[1] == 0xFF9B && groups[2..<6].allSatisfy({ $0 == 0 }): return embedded(12)
        case 0x2002: return embedded(2)
        case 0x2001 where groups[1] == 0x0DB8: return .documentation
        case 0x3FFF where groups[1] < 0x1000: return .documentation
        case 0x2001 where groups[1] < 0x0200: return .reserved
        case 0x2000...0x3FFF: return .global
        case 0xFC00...0xFDFF: return .privateUse
        case 0xFE80...0xFEBF: return .linkLocal
        case 0xFEC0...0xFEFF: return .privateUse
        case 0xFF00...0xFFFF: return .multicast
        default: return .reserved
        }
    }
}
