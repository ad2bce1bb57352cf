/// A parsed HTML document as flat arrays: nodes in document order, each with the index behind its last descendant.
///
/// Text and attribute values are ranges of one byte buffer, so a document costs a handful of allocations.
struct HTMLTree: Sendable {
    /// One element or text node.
    struct Node: Sendable {
        let tag: Tag
        /// Whether a block element is among the descendants.
        var hasBlock = false
        /// The index of the parent; -1 for the root.
        let parent: Int32
        /// The index behind the last descendant.
        var end: Int32
        /// Elements: a range of `attributes`. Text: a range of `bytes`.
        let lower: Int32
        var upper: Int32
    }

    /// One attribute: a range of `bytes`.
    struct Attribute: Sendable {
        let name: AttributeName
        let lower: Int32
        let upper: Int32
    }

    var nodes: [Node] = []
    var attributes: [Attribute] = []
    var bytes: [UInt8] = []

    /// The bytes of text node `index`.
    func text(_ index: Int) -> ArraySlice<UInt8> {
        bytes[Int(nodes[index].lower)..<Int(nodes[index].upper)]
    }

    /// The raw value of an attribute of element `index`, or nil when it has none of that name.
    func attributeBytes(_ name: AttributeName, of index: Int) -> ArraySlice<UInt8>? {
        let node = nodes[index]
        guard node.tag != .text else { return nil }
        for position in Int(node.lower)..<Int(node.upper) where attributes[position].name == name {
            return bytes[Int(attributes[position].lower)..<Int(attributes[position].upper)]
        }
        return nil
    }

    /// The value of an attribute of element `index`, or nil when it has none of that name.
    func attribute(_ name: AttributeName, of index: Int) -> String? {
        attributeBytes(name, of: index).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether element `index` has an attribute of that name with a value other than nothing.
    func nonEmptyAttribute(_ name: AttributeName, of index: Int) -> String? {
        guard let bytes = attributeBytes(name, of: index), !bytes.isEmpty else { return nil }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The text of all descendants of `index`, white space collapsed and trimmed.
    func collapsedText(_ index: Int) -> String {
        var result: [UInt8] = []
        var pendingSpace = false
        for child in index..<Int(nodes[index].end) where nodes[child].tag == .text {
            for byte in text(child) {
                if byte.isHTMLSpace {
                    pendingSpace = true
                } else {
                    if pendingSpace, !result.isEmpty { result.append(UInt8(ascii: " ")) }
                    pendingSpace = false
                    result.append(byte)
                }
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension UInt8 {
    /// Space, tab, line feed, form feed, carriage return.
    var isHTMLSpace: Bool { self == 0x20 || (self >= 0x09 && self <= 0x0d) }
    var isASCIIDigit: Bool { self >= 0x30 && self <= 0x39 }
    var isASCIILetter: Bool { (self | 0x20) >= 0x61 && (self | 0x20) <= 0x7a }
    /// The byte with A...Z made lower-case.
    var asciiLowercased: UInt8 { self >= 0x41 && self <= 0x5a ? self | 0x20 : self }
}
