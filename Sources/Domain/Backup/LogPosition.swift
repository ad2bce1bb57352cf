/// A place in Postgres' write-ahead log, as `pg_lsn` writes it: `16/B374D848`.
package struct LogPosition: Sendable, Hashable, Comparable, Codable, CustomStringConvertible {
    /// Bytes from the beginning of the log.
    package let value: UInt64

    package init(value: UInt64) { self.value = value }

    /// The place that `text` names, or nil.
    package init?(_ text: some StringProtocol) {
        let halves = text.split(separator: "/", omittingEmptySubsequences: false)
        guard halves.count == 2, let high = UInt32(halves[0], radix: 16), let low = UInt32(halves[1], radix: 16) else { return nil }
        value = UInt64(high) << 32 | UInt64(low)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let position = LogPosition(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "no place in a log")
        }
        self = position
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }

    package var description: String {
        "\(String(value >> 32, radix: 16, uppercase: true))/\(String(value & 0xFFFF_FFFF, radix: 16, uppercase: true))"
    }

    package static func < (left: LogPosition, right: LogPosition) -> Bool { left.value < right.value }
}
