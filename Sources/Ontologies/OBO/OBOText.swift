/// The bytes of an OBO file, of which lines and what is left of them are ranges.
///
/// Handed on beside the ranges and not held by them: a value for each piece of a line would count references more than it reads.
struct OBOText {
    let bytes: [UInt8]

    /// `range` without white space at its beginning.
    func trimmed(_ range: Range<Int>) -> Range<Int> {
        var start = range.lowerBound
        while start < range.upperBound, bytes[start] <= 0x20 { start += 1 }
        return start..<range.upperBound
    }

    /// The first byte; 0 when there is none.
    func first(of range: Range<Int>) -> UInt8 { range.isEmpty ? 0 : bytes[range.lowerBound] }

    /// The bytes as they stand there.
    func string(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

    /// The tag and what stands behind its colon; nil without one.
    func tagAndValue(_ range: Range<Int>) -> (tag: String, value: Range<Int>)? {
        var end = range.lowerBound
        while end < range.upperBound, bytes[end] != UInt8(ascii: ":") { end += 1 }
        guard end < range.upperBound, end > range.lowerBound else { return nil }
        return (string(range.lowerBound..<end), trimmed((end + 1)..<range.upperBound))
    }

    /// The value up to white space, unescaped: an identifier in front of modifiers and comments.
    func word(_ range: Range<Int>) -> String { wordAndRest(range).word }

    func wordAndRest(_ range: Range<Int>) -> (word: String, rest: Range<Int>) {
        var end = range.lowerBound
        while end < range.upperBound, bytes[end] > 0x20 { end += bytes[end] == Self.escape ? 2 : 1 }
        end = min(end, range.upperBound)
        return (unescaped(range.lowerBound..<end), trimmed(end..<range.upperBound))
    }

    /// The value without its comment and modifiers, unescaped.
    func phrase(_ range: Range<Int>) -> String {
        var end = range.upperBound
        var position = range.lowerBound
        while position + 1 < end {
            if bytes[position] == Self.escape {
                position += 2
            } else if bytes[position] == 0x20, bytes[position + 1] == UInt8(ascii: "!"), position + 2 == end || bytes[position + 2] == 0x20
            {
                end = position
            } else {
                position += 1
            }
        }
        if end > range.lowerBound, bytes[end - 1] == UInt8(ascii: "}"),
            let open = bytes[range.lowerBound..<end].lastIndex(of: UInt8(ascii: "{")), open > range.lowerBound, bytes[open - 1] == 0x20,
            bytes[open..<end].contains(UInt8(ascii: "="))
        {
            end = open - 1
        }
        while end > range.lowerBound, bytes[end - 1] <= 0x20 { end -= 1 }
        return unescaped(range.lowerBound..<end)
    }

    /// The text of a quoted value and what stands behind it; nil when the quote does not open or does not end.
    func quoted(_ range: Range<Int>) -> (text: String, rest: Range<Int>)? {
        guard first(of: range) == Self.quote else { return nil }
        var end = range.lowerBound + 1
        while end < range.upperBound, bytes[end] != Self.quote { end += bytes[end] == Self.escape ? 2 : 1 }
        guard end < range.upperBound else { return nil }
        return (unescaped((range.lowerBound + 1)..<end), trimmed((end + 1)..<range.upperBound))
    }

    /// Name and text of a property with a value, which is quoted or an identifier.
    func propertyValue(_ range: Range<Int>) -> (property: String, text: String)? {
        let (property, rest) = wordAndRest(range)
        if let (text, _) = quoted(rest) { return (property, text) }
        let word = word(rest)
        return property.isEmpty || word.isEmpty ? nil : (property, word)
    }

    private static let escape = UInt8(ascii: "\\")
    private static let quote = UInt8(ascii: "\"")

    /// All of `range`, unescaped, cut to the longest value that there may be.
    func unescaped(_ range: Range<Int>) -> String {
        let range = range.lowerBound..<min(range.upperBound, range.lowerBound + OntologyLimits.value)
        guard bytes[range].contains(Self.escape) else { return string(range) }
        var output: [UInt8] = []
        var position = range.lowerBound
        while position < range.upperBound {
            if bytes[position] == Self.escape, position + 1 < range.upperBound {
                position += 1
                switch bytes[position] {
                case UInt8(ascii: "n"): output.append(0x0A)
                case UInt8(ascii: "t"): output.append(0x09)
                case UInt8(ascii: "W"): output.append(0x20)
                default: output.append(bytes[position])
                }
            } else {
                output.append(bytes[position])
            }
            position += 1
        }
        return String(decoding: output, as: UTF8.self)
    }
}
