/// The place of one source in the catalog, and the second part of the keys of all its files: one version of a slot is the latest.
package struct CatalogSlot: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    package let rawValue: String

    /// Nil unless it is 1 to 100 lower-case letters, digits, dots, dashes and underscores, the first a letter or a digit.
    package init?(rawValue: String) {
        guard (1...100).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isPlain),
            let first = rawValue.utf8.first, Self.isPlain(first),
            ![UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_")].contains(first)
        else { return nil }
        self.rawValue = rawValue
    }

    package var description: String { rawValue }

    /// Prefix of the keys of artifacts; `LATEST.json` lies there too.
    package var artifacts: String { Self.artifactsRoot + rawValue }
    /// Prefix of the keys of what was extracted.
    package var extracted: String { Self.extractedRoot + rawValue }

    /// What the keys of artifacts begin with.
    package static let artifactsRoot = "artifacts/"
    /// What the keys of extracted files begin with.
    package static let extractedRoot = "extracted/"

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
