/// Header fields in the order in which they were added or received; names compare without case, and a name may occur many times.
package struct FetchHeaders: Sendable, Hashable, ExpressibleByDictionaryLiteral, Sequence {
    /// One field.
    package struct Field: Sendable, Hashable {
        /// The name as written.
        package let name: String
        /// The value without surrounding white space.
        package var value: String
    }

    private var fields: [Field] = []

    /// No fields.
    package init() {}

    /// The fields of `elements` in their order.
    package init(dictionaryLiteral elements: (String, String)...) {
        for (name, value) in elements { append(name, value) }
    }

    /// How many fields there are, repeated names counted each time.
    package var count: Int { fields.count }

    /// Adds a field behind the others, even when one of the same name is there.
    package mutating func append(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }

    /// The first value of `name`; setting replaces all of them, setting `nil` removes them.
    package subscript(name: String) -> String? {
        get { fields.first { Self.same($0.name, name) }?.value }
        set {
            fields.removeAll { Self.same($0.name, name) }
            if let newValue { append(name, newValue) }
        }
    }

    /// All values of `name`, in order; empty when there is none.
    package func values(_ name: String) -> [String] {
        fields.compactMap { Self.same($0.name, name) ? $0.value : nil }
    }

    /// Iterates over the fields in order.
    package func makeIterator() -> IndexingIterator<[Field]> { fields.makeIterator() }

    mutating func removeAll() { fields.removeAll(keepingCapacity: true) }

    /// Joins a folded line (RFC 9112, 5.2) to the field before it.
    mutating func continueLast(with text: String) {
        guard let last = fields.indices.last else { return }
        fields[last].value += " " + text
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lowered($0) == lowered($1) }
    }

    private static func lowered(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte | 0x20 : byte
    }
}
