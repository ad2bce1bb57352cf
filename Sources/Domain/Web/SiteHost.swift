/// The host of a site: a name in ASCII, or an address.
package struct SiteHost: Sendable, Hashable {
    /// Lower case; international labels as `xn--…`, IPv4 in dotted decimal, IPv6 as RFC 5952 writes it, without brackets.
    package let text: String
    /// The address, when the host is one.
    package let address: IPAddress?
    /// Whether the address was written in another way than it is printed: decimal, octal, hexadecimal, shortened.
    package let isDisguisedAddress: Bool

    /// Reads the host part of an address, IPv6 in brackets.
    init(_ source: Substring) throws(SiteURL.Invalid) {
        if source.first == "[" {
            guard source.last == "]", source.utf8.count > 2, let address = IPAddress(String(source.dropFirst().dropLast())), !address.isFour
            else { throw .host("the address in brackets is not IPv6") }
            self.init(address: address, isDisguised: false)
            return
        }
        let name = try Self.percentDecoded(source)
        var labels: [String] = []
        for label in name.split(separator: ".", omittingEmptySubsequences: false) { labels.append(try Self.ascii(label)) }
        if labels.count > 1, labels.last == "" { labels.removeLast() }
        guard !labels.contains(""), labels != [] else { throw .host("a label of the host is empty") }
        if let last = labels.last, Self.number(last) != nil || last.utf8.allSatisfy(\.isDigit) {
            guard let address = Self.address(labels) else { throw .host("the host looks like an address but is none") }
            self.init(address: address, isDisguised: address.description != String(source))
            return
        }
        let text = labels.joined(separator: ".")
        guard text.utf8.count <= 253 else { throw .host("the host is longer than 253 characters") }
        self.init(text: text, address: nil, isDisguised: false)
    }

    private init(address: IPAddress, isDisguised: Bool) {
        self.init(text: address.description, address: address, isDisguised: isDisguised)
    }

    private init(text: String, address: IPAddress?, isDisguised: Bool) {
        self.text = text
        self.address = address
        isDisguisedAddress = isDisguised
    }

    /// The labels from left to right, international ones decoded; an address is one label.
    package var unicodeLabels: [String] {
        guard address == nil else { return [text] }
        return text.split(separator: ".").map { label in
            label.hasPrefix("xn--") ? Punycode.decode(String(label.dropFirst(4))) ?? String(label) : String(label)
        }
    }

    // MARK: - Names

    private static func percentDecoded(_ source: Substring) throws(SiteURL.Invalid) -> String {
        guard source.utf8.contains(0x25) else { return String(source) }
        var bytes: [UInt8] = []
        var rest = source.utf8[...]
        while let byte = rest.popFirst() {
            if byte != 0x25 {
                bytes.append(byte)
            } else if let decoded = PercentEncoding.byte(rest) {
                bytes.append(decoded)
                rest = rest.dropFirst(2)
            } else {
                throw .host("the host has a stray percent sign")
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .host("the host is not UTF-8") }
        return text
    }

    private static func ascii(_ label: Substring) throws(SiteURL.Invalid) -> String {
        if label.utf8.allSatisfy({ $0 < 0x80 }) {
            let lowered = label.lowercased()
            guard lowered.utf8.allSatisfy({ $0.isDigit || ($0 >= 0x61 && $0 <= 0x7A) || $0 == 0x2D || $0 == 0x5F }) else {
                throw .host("the host has characters that are not allowed")
            }
            guard lowered.utf8.count <= 63 else { throw .host("a label of the host is longer than 63 characters") }
            if lowered.hasPrefix("xn--") {
                guard let decoded = Punycode.decode(String(lowered.dropFirst(4))), decoded.utf8.contains(where: { $0 >= 0x80 }),
                    try ascii(decoded[...]) == lowered
                else { throw .host("a label of the host is malformed punycode") }
            }
            return lowered
        }
        let lowered = label.lowercased()
        for scalar in lowered.unicodeScalars where !isLetterLike(scalar) { throw .host("the host has an invisible or unusual character") }
        guard let encoded = Punycode.encode(lowered), encoded.utf8.count <= 59 else { throw .host("a label of the host is too long") }
        return "xn--" + encoded
    }

    /// Letters, marks and digits. Everything that compatibility mapping would turn into something else is left out: full-width forms,
    /// ideographic stops, mathematical letters, circled digits; and combining accents, which have a composed form in every script that
    /// uses them in names.
    private static func isLetterLike(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x30...0x39, 0x61...0x7A, 0x2D: return true
        case 0..<0xC0, 0x0250...0x02FF, 0x0300...0x036F, 0x1D00...0x1DFF, 0x1F00...0x1FFF, 0x2000...0x2BFF, 0x2C60...0x2C7F,
            0x3130...0x318F,
            0x3200...0x33FF, 0xA720...0xA7FF, 0xAB30...0xAB6F, 0xF900...0xFAFF, 0xFB00...0xFDFF, 0xFE00...0xFEFF, 0xFF00...0xFFEF,
            0x10780...0x107BF,
            0x1D400...0x1D7FF, 0x1EE00...0x1F1FF, 0x2F800...0x2FA1F:
            return false
        case 0x115F, 0x1160, 0x17B4, 0x17B5, 0x034F, 0x180B...0x180F: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .lowercaseLetter, .otherLetter, .modifierLetter, .nonspacingMark, .spacingMark, .decimalNumber: return true
        default: return false
        }
    }

    // MARK: - IPv4 as inet_aton reads it

    private static func number(_ label: String) -> UInt64? {
        let bytes = label.utf8
        guard !bytes.isEmpty else { return nil }
        if label.hasPrefix("0x") {
            return bytes.count == 2 ? 0 : bytes.dropFirst(2).allSatisfy(\.isHexDigit) ? UInt64(label.dropFirst(2), radix: 16) : nil
        }
        guard bytes.allSatisfy(\.isDigit) else { return nil }
        return label.first == "0" && bytes.count > 1 ? UInt64(label.dropFirst(), radix: 8) : UInt64(label)
    }

    private static func address(_ labels: [String]) -> IPAddress? {
        let numbers = labels.compactMap(number)
        guard numbers.count == labels.count, (1...4).contains(numbers.count), let last = numbers.last else { return nil }
        guard numbers.dropLast().allSatisfy({ $0 <= 255 }), last < UInt64(1) << UInt64(8 * (5 - numbers.count)) else { return nil }
        var value = last
        for (index, number) in numbers.dropLast().enumerated() { value |= number << UInt64(8 * (3 - index)) }
        return IPAddress(bytes: (0..<4).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (3 - $0))) })
    }
}
