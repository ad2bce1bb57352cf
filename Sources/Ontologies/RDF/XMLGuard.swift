/// Looks over an XML document before a parser sees it: what its document type may declare, how deep it is, and whether it ends.
///
/// Declared entities are common in OWL, as short forms of namespaces, so a document type as such is no reason to refuse. Everything else
/// that it can hold is: external identifiers, parameter entities, entities within entities, default attributes.
struct XMLGuard {
    /// Attributes of one element at most, namespaces included, which large ontologies declare by the hundred.
    private static let attributes = 512
    /// Attributes of all elements that are open at once.
    private static let openAttributes = 2048

    private let bytes: [UInt8]
    private let limits: OntologyLimits
    private var position = 0
    /// Length of each entity's value by name.
    private var entities: [ArraySlice<UInt8>: Int] = [:]

    /// `bytes`, when they may be parsed.
    static func checked(_ bytes: [UInt8], limits: OntologyLimits) throws(OntologyError) -> [UInt8] {
        var guardian = XMLGuard(bytes: bytes, limits: limits)
        try guardian.prolog()
        try guardian.body()
        return bytes
    }

    private init(bytes: [UInt8], limits: OntologyLimits) { (self.bytes, self.limits) = (bytes, limits) }

    // MARK: - Document type

    private mutating func prolog() throws(OntologyError) {
        while true {
            skipSpace()
            if starts("<?") {
                try skip(past: "?>")
            } else if starts("<!--") {
                try skip(past: "-->")
            } else if starts("<!DOCTYPE") {
                try documentType()
            } else {
                return
            }
        }
    }

    private mutating func documentType() throws(OntologyError) {
        position += 9
        skipSpace()
        skipName()
        skipSpace()
        if take(">") { return }
        guard take("[") else { throw Self.refused("names a document type that lies elsewhere") }
        while true {
            skipSpace()
            if take("]") {
                skipSpace()
                guard take(">") else { throw Self.refused("has a malformed document type") }
                return
            } else if starts("<!--") {
                try skip(past: "-->")
            } else if starts("<!ENTITY") {
                try entity()
            } else if position >= bytes.count {
                throw Self.truncated
            } else {
                throw Self.refused("declares more than entities in its document type")
            }
        }
    }

    private mutating func entity() throws(OntologyError) {
        position += 8
        skipSpace()
        guard !starts("%") else { throw Self.refused("declares parameter entities") }
        let start = position
        skipName()
        let name = bytes[start..<position]
        skipSpace()
        guard position < bytes.count else { throw Self.truncated }
        let quote = bytes[position]
        guard quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else { throw Self.refused("declares entities that lie elsewhere") }
        position += 1
        let begin = position
        while position < bytes.count, bytes[position] != quote {
            guard ![UInt8(ascii: "&"), UInt8(ascii: "%"), UInt8(ascii: "<")].contains(bytes[position]) else {
                throw Self.refused("declares entities that hold other entities or markup")
            }
            position += 1
        }
        if entities[name] == nil { entities[name] = position - begin }
        position += 1
        skipSpace()
        guard take(">") else { throw position < bytes.count ? Self.refused("has a malformed entity") : Self.truncated }
    }

    // MARK: - Content

    private mutating func body() throws(OntologyError) {
        /// How many attributes each open element has, and all of them: libxml2 compares those of an element with each other, and a prefix
        /// with all that are declared around it.
        var open: [Int] = []
        var attributes = 0
        var growth = 0
        let most = max(limits.entityGrowth, 4 * bytes.count)
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "&"):
                try grow(&growth, most)
                position += 1
            case UInt8(ascii: "<"):
                if starts("<!--") {
                    try skip(past: "-->")
                } else if starts("<![CDATA[") {
                    try skip(past: "]]>")
                } else if starts("<?") {
                    try skip(past: "?>")
                } else if starts("</") {
                    // One too many is for the parser to say.
                    attributes -= open.popLast() ?? 0
                    try skip(past: ">")
                } else {
                    let (count, isEmpty) = try element(&growth, most)
                    if isEmpty { continue }
                    open.append(count)
                    attributes += count
                    guard attributes <= Self.openAttributes else { throw Self.crowded(Self.openAttributes, "open elements have") }
                    guard open.count <= limits.depth else {
                        throw OntologyError(
                            .depth, "Elements are nested deeper than \(limits.depth).", limit: "\(limits.depth) elements")
                    }
                }
            default: position += 1
            }
        }
        guard open.isEmpty else { throw Self.truncated }
    }

    /// Goes behind a start tag.
    /// - Returns: how many attributes it has, and whether the element ends with it.
    private mutating func element(_ growth: inout Int, _ most: Int) throws(OntologyError) -> (attributes: Int, isEmpty: Bool) {
        position += 1
        var count = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: ">"):
                position += 1
                return (count, bytes[position - 2] == UInt8(ascii: "/"))
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                let quote = bytes[position]
                position += 1
                count += 1
                guard count <= Self.attributes else { throw Self.crowded(Self.attributes, "element has") }
                while position < bytes.count, bytes[position] != quote {
                    if bytes[position] == UInt8(ascii: "&") { try grow(&growth, most) }
                    position += 1
                }
                position += 1
            default: position += 1
            }
        }
        throw Self.truncated
    }

    /// Counts what the reference at the position adds to the document.
    private func grow(_ growth: inout Int, _ most: Int) throws(OntologyError) {
        guard !entities.isEmpty, let end = bytes[position...].prefix(100).firstIndex(of: UInt8(ascii: ";")) else { return }
        growth += entities[bytes[(position + 1)..<end]] ?? 0
        guard growth <= most else {
            throw OntologyError(
                .entities, "The entities of the file would make it larger by more than \(most) bytes.", limit: "\(most) bytes")
        }
    }

    // MARK: - Steps

    private func starts(_ text: StaticString) -> Bool {
        guard position + text.utf8CodeUnitCount <= bytes.count else { return false }
        return text.withUTF8Buffer { unsafe bytes[position..<(position + $0.count)].elementsEqual($0) }
    }

    private mutating func take(_ text: StaticString) -> Bool {
        guard starts(text) else { return false }
        position += text.utf8CodeUnitCount
        return true
    }

    private mutating func skip(past end: StaticString) throws(OntologyError) {
        while position < bytes.count {
            if take(end) { return }
            position += 1
        }
        throw Self.truncated
    }

    private mutating func skipSpace() { while position < bytes.count, bytes[position] <= 0x20 { position += 1 } }

    private mutating func skipName() {
        while position < bytes.count, bytes[position] > 0x20, !"<>[\"'".utf8.contains(bytes[position]) { position += 1 }
    }

    private static func refused(_ what: String) -> OntologyError {
        OntologyError(.entities, "The file \(what), which is not read.", limit: "entities with plain values")
    }

    private static func crowded(_ limit: Int, _ what: String) -> OntologyError {
        OntologyError(.tooLarge, "The \(what) more than \(limit) attributes.", limit: "\(limit) attributes")
    }

    private static let truncated = OntologyError(.truncated, "The file breaks off before its last element ends.")
}
