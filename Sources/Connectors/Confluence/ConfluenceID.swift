import FoundationEssentials

/// The number of a page, a space or a file, which answers write as text or as a number.
struct ConfluenceID: Sendable, Hashable, Decodable, CustomStringConvertible {
    let number: UInt64

    var description: String { String(number) }

    /// What stands in short links: base64 of the bytes from the lowest, without zeros at the end.
    var short: String {
        let bytes = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
        let text = Data(bytes).base64EncodedString().replacing("+", with: "_").replacing("/", with: "-")
        var digits = text[...]
        while let last = digits.last, last == "=" || last == "A" { digits.removeLast() }
        return digits.isEmpty ? "A" : String(digits)
    }

    init?(_ text: some StringProtocol) {
        guard (1...19).contains(text.utf8.count), text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let number = UInt64(text) else {
            return nil
        }
        self.number = number
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try (try? container.decode(String.self)) ?? String(container.decode(UInt64.self))
        guard let id = ConfluenceID(text) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no identifier")
        }
        self = id
    }
}
