internal import CMarkup

/// Brings a piece of XML into a form that libxml2 can be trusted with.
///
/// No document type comes through, so that there are no entities to expand and nothing to fetch; what HTML calls `&nbsp;` becomes a number.
enum XMLGuard {
    /// More attributes than anybody writes, and few enough for libxml2 to compare pairwise.
    static let maximumAttributes = 128

    /// - Throws: ``ProcessingError`` with code `malformed` for a document type, a tag without an end or with too many attributes.
    static func admitted(_ bytes: [UInt8]) throws(ProcessingError) -> [UInt8] {
        var scanner = Scanner(bytes)
        try scanner.run()
        return scanner.output
    }

    private struct Scanner {
        let input: [UInt8]
        var index = 0
        var output: [UInt8] = []

        init(_ input: [UInt8]) {
            self.input = input
            output.reserveCapacity(input.count + input.count / 16)
        }

        mutating func run() throws(ProcessingError) {
            while index < input.count {
                switch input[index] {
                case UInt8(ascii: "<"): try markup()
                case UInt8(ascii: "&"): reference()
                default: copy()
                }
            }
        }

        private mutating func markup() throws(ProcessingError) {
            if begins("<!--") {
                try skip(to: "-->")
            } else if begins("<?") {
                try skip(to: "?>")
            } else if begins("<![CDATA[") {
                let start = index
                try skip(to: "]]>")
                for byte in input[start..<index] where Self.isAllowed(byte) { output.append(byte) }
            } else if begins("<!") {
                throw ProcessingError(.malformed, "The markup declares a document type, which is not read.")
            } else {
                try tag()
            }
        }

        private mutating func tag() throws(ProcessingError) {
            var attributes = 0
            while index < input.count, input[index] != UInt8(ascii: ">") {
                let quote = input[index]
                copy()
                guard quote == 0x22 || quote == 0x27 else { continue }
                attributes += 1
                guard attributes <= XMLGuard.maximumAttributes else {
                    throw ProcessingError(.malformed, "A tag has more than \(XMLGuard.maximumAttributes) attributes.")
                }
                while index < input.count, input[index] != quote {
                    if input[index] == UInt8(ascii: "&") { reference() } else { copy() }
                }
                if index < input.count { copy() }
            }
            guard index < input.count else { throw ProcessingError(.malformed, "The markup ends within a tag.") }
            copy()
        }

        /// `&name;`, `&#10;`, `&#xA;`, or an ampersand that somebody forgot to escape.
        private mutating func reference() {
            let rest = input[(index + 1)...].prefix(33)
            guard let end = rest.firstIndex(of: UInt8(ascii: ";")), end > index + 1 else { return escape() }
            let name = input[(index + 1)..<end]
            if name.first == UInt8(ascii: "#") {
                guard let scalar = Self.scalar(name.dropFirst()) else { return escape() }
                append("&#\(scalar);")
            } else if ["amp", "lt", "gt", "quot", "apos"].contains(where: { name.elementsEqual($0.utf8) }) {
                output += input[index...end]
            } else if name.allSatisfy({ $0.isASCIILetter || $0.isASCIIDigit }), let value = Self.value(of: name) {
                append("&#\(value);")
            } else {
                return escape()
            }
            index = end + 1
        }

        private mutating func escape() {
            append("&amp;")
            index += 1
        }

        private mutating func append(_ text: String) { output += Array(text.utf8) }

        private mutating func copy() {
            if Self.isAllowed(input[index]) { output.append(input[index]) }
            index += 1
        }

        private func begins(_ text: String) -> Bool { input[index...].starts(with: text.utf8) }

        private mutating func skip(to mark: String) throws(ProcessingError) {
            let mark = Array(mark.utf8)
            while index + mark.count <= input.count {
                if input[index] == mark[0], input[index..<(index + mark.count)].elementsEqual(mark) {
                    index += mark.count
                    return
                }
                index += 1
            }
            throw ProcessingError(.malformed, "The markup ends within a comment or a block of text.")
        }

        /// Whether XML 1.0 lets the byte stand in a text.
        private static func isAllowed(_ byte: UInt8) -> Bool { byte >= 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

        private static func scalar(_ digits: ArraySlice<UInt8>) -> UInt32? {
            let isHex = digits.first == UInt8(ascii: "x")
            let text = String(decoding: isHex ? digits.dropFirst() : digits, as: UTF8.self)
            guard let first = text.utf8.first, first != UInt8(ascii: "+"), first != UInt8(ascii: "-"),
                let value = UInt32(text, radix: isHex ? 16 : 10), Unicode.Scalar(value) != nil
            else { return nil }
            return value < 0x20
                ? (value == 9 || value == 10 || value == 13 ? value : nil) : value == 0xFFFE || value == 0xFFFF ? nil : value
        }

        /// The code point of one of HTML 4's 253 entities, by libxml2's table (`htmlEntityLookup`).
        private static func value(of name: ArraySlice<UInt8>) -> UInt32? {
            let name = Array(name) + [0]
            return unsafe name.withUnsafeBufferPointer { name in
                guard let entity = unsafe htmlEntityLookup(name.baseAddress) else { return nil }
                return unsafe entity.pointee.value
            }
        }
    }
}
