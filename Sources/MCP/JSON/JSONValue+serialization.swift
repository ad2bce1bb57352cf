extension JSONValue {
    /// The value as one line of UTF-8 without white space: control characters are escaped, so that a line of an event stream can hold it.
    public var serialized: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(256)
        serialize(into: &bytes)
        return bytes
    }

    /// The same as a string.
    public var serializedText: String { String(decoding: serialized, as: UTF8.self) }

    /// Appends the text of the value to `bytes`. A number that is not finite, which JSON cannot write, becomes `null`.
    public func serialize(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(contentsOf: "null".utf8)
        case .bool(let value): bytes.append(contentsOf: (value ? "true" : "false").utf8)
        case .integer(let value): bytes.append(contentsOf: String(value).utf8)
        case .number(let value): bytes.append(contentsOf: (value.isFinite ? value.description : "null").utf8)
        case .string(let value): Self.serialize(value, into: &bytes)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            for (index, element) in elements.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                element.serialize(into: &bytes)
            }
            bytes.append(UInt8(ascii: "]"))
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            for (index, member) in object.members.enumerated() {
                if index > 0 { bytes.append(UInt8(ascii: ",")) }
                Self.serialize(member.key, into: &bytes)
                bytes.append(UInt8(ascii: ":"))
                member.value.serialize(into: &bytes)
            }
            bytes.append(UInt8(ascii: "}"))
        }
    }

    /// Two passes: the first, which most texts need only, is short enough for the compiler to make it look at many bytes at a time.
    private static func serialize(_ text: String, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\""))
        let source = text.utf8Span.span
        var added = 0
        for index in source.indices {
            let byte = source[index]
            if byte < 0x20 {
                added += shortEscape(of: byte) == nil ? 5 : 1
            } else if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
                added += 1
            }
        }
        if added == 0 {
            bytes.append(contentsOf: text.utf8)
        } else {
            bytes.append(addingCapacity: source.count + added) { output in
                for index in source.indices { escape(source[index], into: &output) }
            }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func escape(_ byte: UInt8, into output: inout OutputSpan<UInt8>) {
        if byte >= 0x20 {
            if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { output.append(UInt8(ascii: "\\")) }
            return output.append(byte)
        }
        output.append(UInt8(ascii: "\\"))
        if let letter = shortEscape(of: byte) { return output.append(letter) }
        output.append(UInt8(ascii: "u"))
        output.append(UInt8(ascii: "0"))
        output.append(UInt8(ascii: "0"))
        output.append(UInt8(ascii: "0") + byte >> 4)
        let low = byte & 0x0F
        output.append(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
    }

    /// What follows the backslash for a control character that has a name.
    private static func shortEscape(of byte: UInt8) -> UInt8? {
        switch byte {
        case 0x08: UInt8(ascii: "b")
        case 0x09: UInt8(ascii: "t")
        case 0x0A: UInt8(ascii: "n")
        case 0x0C: UInt8(ascii: "f")
        case 0x0D: UInt8(ascii: "r")
        default: nil
        }
    }
}

extension JSONValue: CustomStringConvertible {
    public var description: String { serializedText }
}
