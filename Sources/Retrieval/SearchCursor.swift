import Digests
package import Domain

/// The place where the next page of a list begins: opaque and signed, and bound to the query or the list that it continues.
package struct SearchCursor: Sendable, Hashable {
    /// Items before the page, or whatever else tells a list where to go on; at least 0.
    package let offset: Int

    package init(offset: Int) { self.offset = offset }

    private static let codeLength = 16

    /// What the text of every cursor matches.
    package static let pattern = "^[0-9a-f]{48}$"

    /// The cursor as text for `query`, signed with `key`.
    package func encoded(for query: String, key: [UInt8]) -> String {
        let offset = Self.bytes(of: self.offset)
        return (offset + Self.code(offset, query, key)).hexadecimal
    }

    /// Decodes `text`.
    /// - Throws: ``Fault`` of category `validation` when it was tampered with or belongs to another query.
    package init(_ text: String, for query: String, key: [UInt8]) throws(Fault) {
        guard text.utf8.count <= 128, let bytes = [UInt8](hexadecimal: text), bytes.count == 8 + Self.codeLength,
            Authenticity.equal(Array(bytes[8...]), Self.code(Array(bytes[..<8]), query, key))
        else {
            throw .invalid(
                field: "cursor", "The cursor is not one that this query returned.", hint: "Repeat the query without a cursor.")
        }
        offset = Int(bytes[..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
    }

    private static func bytes(of offset: Int) -> [UInt8] {
        let value = UInt64(clamping: offset)
        return stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: value >> UInt64($0)) }
    }

    private static func code(_ offset: [UInt8], _ query: String, _ key: [UInt8]) -> [UInt8] {
        Array(Authenticity.code(for: offset + Array(query.utf8), key: key).prefix(codeLength))
    }
}
