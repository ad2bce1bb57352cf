/// The identifier of a page, block or database: written with dashes in the API and without in addresses.
struct NotionID: Sendable, Hashable, Comparable, Decodable, CustomStringConvertible {
    /// 32 lower-case hexadecimal digits.
    let digits: String

    /// With dashes.
    var description: String {
        let parts = [(0, 8), (8, 4), (12, 4), (16, 4), (20, 12)].map { String(digits.dropFirst($0.0).prefix($0.1)) }
        return parts.joined(separator: "-")
    }

    init?(_ text: some StringProtocol) {
        let digits = text.lowercased().filter { $0 != "-" }
        guard digits.utf8.count == 32, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }) else {
            return nil
        }
        self.digits = digits
    }

    /// Reads the end of a path segment such as `Getting-started-393abc1eedcd81cd8d54d46164cfb59f`.
    init?(endOf segment: some StringProtocol) {
        if let whole = NotionID(segment) {
            self = whole
        } else {
            guard segment.utf8.count > 32, let id = NotionID(segment.suffix(32)) else { return nil }
            self = id
        }
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = NotionID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no identifier")
        }
        self = id
    }

    static func < (left: NotionID, right: NotionID) -> Bool { left.digits < right.digits }
}
