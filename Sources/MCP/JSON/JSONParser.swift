import Primitives

/// A recursive descent parser for RFC 8259 without extensions.
///
/// It works on bytes by index, with the bounds checks of the language: the text comes from strangers.
struct JSONParser {
    private let bytes: [UInt8]
    private let limits: JSONLimits
    private var position = 0
    private var depth = 0

    /// The value of the whole text `bytes`; nothing but white space may follow it.
    static func parse(_ bytes: [UInt8], limits: JSONLimits) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes, limits: limits)
        guard bytes.count <= limits.size.bytes else {
            throw JSONError(code: .tooLarge, message: "the text is longer than \(limits.size)", offset: limits.size.bytes)
        }
        parser.skipSpace()
        let value = try parser.value()
        parser.skipSpace()
        guard parser.position == bytes.count else { throw parser.failure(.syntax, "unexpected text after the value") }
        return value
    }

    private init(bytes: [UInt8], limits: JSONLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    // MARK: - Values

    private mutating func value() throws(JSONError) -> JSONValue {
        guard let first = peek() else { throw failure(.syntax, "the text ends where a value should be") }
        switch first {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure(.syntax, "unexpected character where a value should be")
        }
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        try enter()
        var members: [JSONObject.Member] = []
        var seen: Set<String> = []
        skipSpace()
        if take(UInt8(ascii: "}")) {
            depth -= 1
            return .object(JSONObject())
        }
        while true {
            skipSpace()
            guard peek() == UInt8(ascii: "\"") else { throw failure(.syntax, "a key in quotes is missing") }
            let start = position
            let key = try string()
            // A set pays only for objects that are larger than messages usually are.
            if members.count == 16 { seen = Set(members.lazy.map(\.key)) }
            let isNew = members.count < 16 ? !members.contains { $0.key == key } : seen.insert(key).inserted
            guard isNew else {
                throw JSONError(code: .duplicateKey, message: "a key appears twice in one object", offset: start)
            }
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw failure(.syntax, "a colon is missing after a key") }
            skipSpace()
            members.append(JSONObject.Member(key: key, value: try value()))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw failure(.syntax, "an object is not closed") }
            depth -= 1
            return .object(JSONObject(distinct: members))
        }
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        try enter()
        var elements: [JSONValue] = []
        skipSpace()
        if take(UInt8(ascii: "]")) {
            depth -= 1
            return .array([])
        }
        while true {
            skipSpace()
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw failure(.syntax, "an array is not closed") }
            depth -= 1
            return .array(elements)
        }
    }

    private mutating func literal(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in text.utf8 {
            guard take(byte) else { throw failure(.syntax, "unexpected character in a literal") }
        }
        return value
    }

    // MARK: - Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = position
        let isNegative = take(UInt8(ascii: "-"))
        let digitsStart = position
        let leadingZero = peek() == UInt8(ascii: "0")
        var magnitude: UInt64 = 0
        var fits = true
        while let digit = digit() {
            let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(UInt64(digit))
            fits = fits && !overflow && !carry
            magnitude = sum
        }
        guard position > digitsStart else { throw failure(.syntax, "a digit is missing") }
        guard !leadingZero || position == digitsStart + 1 else { throw failure(.syntax, "a number has a leading zero") }
        var isInteger = true
        if take(UInt8(ascii: ".")) {
            isInteger = false
            try digits()
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            isInteger = false
            if !take(UInt8(ascii: "-")) { _ = take(UInt8(ascii: "+")) }
            try digits()
        }
        if isInteger, fits {
            if !isNegative, magnitude <= UInt64(Int.max) { return .integer(Int(magnitude)) }
            // "-0" is a double: an integer would lose its sign.
            if isNegative, magnitude > 0, magnitude <= UInt64(Int.max) + 1 { return .integer(Int(truncatingIfNeeded: 0 &- magnitude)) }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            throw JSONError(code: .number, message: "a number is out of range", offset: start)
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONError) {
        let start = position
        while digit() != nil {}
        guard position > start else { throw failure(.syntax, "a digit is missing") }
    }

    private mutating func digit() -> UInt8? {
        guard let byte = peek(), byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
        position += 1
        return byte - UInt8(ascii: "0")
    }

    // MARK: - Strings

    private mutating func string() throws(JSONError) -> String {
        let start = position + 1
        position = start
        var union: UInt8 = 0
        while let byte = peek(), byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20 {
            union |= byte
            position += 1
        }
        if peek() == UInt8(ascii: "\"") {
            let text = try unicode(bytes[start..<position], isASCII: union < 0x80, from: start)
            position += 1
            return text
        }
        return try escapedString(from: start)
    }

    /// The checked text of `slice`. Validation is generic code that costs more than the rest of a short string, so ASCII goes without.
    private func unicode(_ slice: ArraySlice<UInt8>, isASCII: Bool, from start: Int) throws(JSONError) -> String {
        if isASCII { return String(decoding: slice, as: UTF8.self) }
        guard let text = String(validating: slice, as: UTF8.self) else {
            throw JSONError(code: .unicode, message: "a string is not valid UTF-8", offset: start)
        }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var buffer = Array(bytes[start..<position])
        while let byte = peek() {
            switch byte {
            case UInt8(ascii: "\""):
                let text = try unicode(buffer[...], isASCII: false, from: start)
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &buffer)
            case 0..<0x20:
                throw failure(.syntax, "a control character in a string is not escaped")
            default:
                let run = position
                while let next = peek(), next != UInt8(ascii: "\""), next != UInt8(ascii: "\\"), next >= 0x20 { position += 1 }
                buffer.append(contentsOf: bytes[run..<position])
            }
        }
        throw failure(.syntax, "a string is not closed")
    }

    private mutating func escape(into buffer: inout [UInt8]) throws(JSONError) {
        guard let byte = peek() else { throw failure(.syntax, "a string is not closed") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): buffer.append(byte)
        case UInt8(ascii: "b"): buffer.append(0x08)
        case UInt8(ascii: "f"): buffer.append(0x0C)
        case UInt8(ascii: "n"): buffer.append(0x0A)
        case UInt8(ascii: "r"): buffer.append(0x0D)
        case UInt8(ascii: "t"): buffer.append(0x09)
        case UInt8(ascii: "u"): buffer.append(contentsOf: String(try escapedScalar()).utf8)
        default: throw failure(.syntax, "an unknown escape")
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Character {
        let start = position - 2
        let lone = JSONError(code: .unicode, message: "half of a surrogate pair", offset: start)
        var code = try hexadecimal()
        if (0xD800...0xDBFF).contains(code) {
            guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw lone }
            let low = try hexadecimal()
            guard (0xDC00...0xDFFF).contains(low) else { throw lone }
            code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
        }
        guard let scalar = Unicode.Scalar(code) else { throw lone }
        return Character(scalar)
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure(.syntax, "four hexadecimal digits are missing")
            }
            code = code << 4 | UInt32(digit)
            position += 1
        }
        return code
    }

    // MARK: - Bytes

    private func peek() -> UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard peek() == byte else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek(), byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func enter() throws(JSONError) {
        depth += 1
        guard depth <= limits.depth else { throw failure(.tooDeep, "more than \(limits.depth) levels of nesting") }
        position += 1
    }

    private func failure(_ code: JSONError.Code, _ message: String) -> JSONError {
        JSONError(code: code, message: message, offset: position)
    }
}

extension JSONValue {
    /// Parses a whole JSON text (RFC 8259).
    ///
    /// Strict: no comments, no trailing commas, no byte order mark; invalid UTF-8, lone surrogates and duplicate keys are refused; an integer
    /// beyond 64 bits becomes a double, a number beyond a double is refused. Runs in one pass without suspending.
    ///
    /// - Parameters:
    ///   - bytes: the text in UTF-8.
    ///   - limits: the size and depth that are accepted.
    /// - Throws: `JSONError` with the place of the first mistake.
    public init(parsing bytes: [UInt8], limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self = try JSONParser.parse(bytes, limits: limits)
    }

    /// As above for a text that is a string already.
    public init(parsing text: String, limits: JSONLimits = JSONLimits()) throws(JSONError) {
        self = try JSONParser.parse(Array(text.utf8), limits: limits)
    }
}
