/// Looks over a Turtle document before a parser sees it: how deep its brackets are.
enum TurtleGuard {
    static func check(_ bytes: [UInt8], limits: OntologyLimits) throws(OntologyError) {
        var depth = 0
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "#"): while position < bytes.count, bytes[position] != 0x0A { position += 1 }
            case UInt8(ascii: "<"): while position < bytes.count, bytes[position] != UInt8(ascii: ">") { position += 1 }
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                position = end(ofStringAt: position, in: bytes)
                continue
            case UInt8(ascii: "\\"): position += 1
            case UInt8(ascii: "["), UInt8(ascii: "("):
                depth += 1
                guard depth <= limits.depth else {
                    throw OntologyError(.depth, "Brackets are nested deeper than \(limits.depth).", limit: "\(limits.depth) brackets")
                }
            case UInt8(ascii: "]"), UInt8(ascii: ")"): depth -= 1
            default: break
            }
            position += 1
        }
    }

    /// The position behind a string, long or short.
    private static func end(ofStringAt start: Int, in bytes: [UInt8]) -> Int {
        let quote = bytes[start]
        let isLong = start + 2 < bytes.count && bytes[start + 1] == quote && bytes[start + 2] == quote
        var position = start + (isLong ? 3 : 1)
        while position < bytes.count {
            if bytes[position] == UInt8(ascii: "\\") {
                position += 2
            } else if bytes[position] != quote {
                position += 1
            } else if !isLong {
                return position + 1
            } else if position + 2 < bytes.count, bytes[position + 1] == quote, bytes[position + 2] == quote {
                return position + 3
            } else {
                position += 1
            }
        }
        return position
    }
}
