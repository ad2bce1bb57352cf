import Digests
package import Domain

/// The place where the next page of a result list begins: opaque and signed, and bound to the query that it continues.
package struct SearchCursor: Sendable, Hashable {
    /// Results before the page.
    package let offset: Int

    package init(offset: Int) { self.offset = offset }

    private static let codeLength = 16

    /// The cursor as text for `query`, signed with `key`.
    package func encoded(for query: String, key: [UInt8]) -> String {
        let offset = Self.bytes(of: self.offset)
        return (offset + Self.code(offset, query, key)).hexadecimal
    }

    /// Decodes `text`.
    /// - Throws: ``Fault`` of category `validation` when it was tampered with or belongs to another query.
    package init(_ text: String, for query: String, key: [UInt8]) throws(Fault) {
        guard text.utf8.count <= 128, let bytes = [UInt8](hexadecimal: text), bytes.count == 4 + Self.codeLength,
            Authenticity.equal(Array(bytes[4...]), Self.code(Array(bytes[..<4]), query, key))
        else {
            throw .invalid(
                field: "cursor", "The cursor is not one that this query returned.", hint: "Repeat the query without a cursor.")
        }
        offset = bytes[..<4].reduce(0) { $0 << 8 | Int($1) }
    }

    private static func bytes(of offset: Int) -> [UInt8] {
        let value = UInt32(clamping: offset)
        return [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> UInt32($0)) }
    }

    private static func code(_ offset: [UInt8], _ query: String, _ key: [UInt8]) -> [UInt8] {
        Array(Authenticity.code(for: offset + Array(query.utf8), key: key).prefix(codeLength))
    }
}
