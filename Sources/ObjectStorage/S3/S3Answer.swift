/// Reads the flat XML of S3 answers: elements are found by name, whatever they are in, and attributes and comments mean nothing there.
struct S3Answer: Sendable {
    private let bytes: ArraySlice<UInt8>

    init(_ body: [UInt8]) { bytes = body[...] }
    private init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    /// The contents of all elements called `name`, in order, as they are written.
    func elements(_ name: String) -> [S3Answer] {
        let (opening, closing) = (Array("<\(name)>".utf8), Array("</\(name)>".utf8))
        var found: [S3Answer] = []
        var rest = bytes
        while let start = rest.firstRange(of: opening)?.upperBound, let end = rest[start...].firstRange(of: closing) {
            found.append(S3Answer(bytes: rest[start..<end.lowerBound]))
            rest = rest[end.upperBound...]
        }
        return found
    }

    /// The text in the first element called `name`; nil when there is none.
    func value(_ name: String) -> String? {
        elements(name).first.map { Self.unescaped(String(decoding: $0.bytes, as: UTF8.self)) }
    }

    /// What a request that failed, or that answered with status 200 and failed, says.
    var errorCode: String? { elements("Error").first?.value("Code") }

    private static func unescaped(_ text: String) -> String {
        guard text.contains("&") else { return text }
        var output = ""
        var rest = text[...]
        while let start = rest.firstIndex(of: "&"), let end = rest[start...].firstIndex(of: ";") {
            output += rest[..<start]
            let name = rest[rest.index(after: start)..<end]
            output += entity(name).map { String($0) } ?? "&\(name);"
            rest = rest[rest.index(after: end)...]
        }
        return output + rest
    }

    private static func entity(_ name: Substring) -> Character? {
        switch name {
        case "amp": return "&"
        case "lt": return "<"
        case "gt": return ">"
        case "quot": return "\""
        case "apos": return "'"
        default:
            let digits = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : name.hasPrefix("#") ? UInt32(name.dropFirst()) : nil
            return digits.flatMap { Unicode.Scalar($0) }.map { Character($0) }
        }
    }

    /// `text` as an element's content.
    static func escaped(_ text: String) -> String {
        var output = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": output += "&amp;"
            case "<": output += "&lt;"
            case ">": output += "&gt;"
            case "\"": output += "&quot;"
            case "\r": output += "&#13;"
            default: output.unicodeScalars.append(scalar)
            }
        }
        return output
    }

    /// A key of a listing with `encoding-type=url`, in which a space may be a plus sign.
    static func decoded(_ key: String) -> String {
        var output: [UInt8] = []
        var rest = Array(key.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == 0x25, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16) {
                output.append(value)
                rest = rest.dropFirst(2)
            } else {
                output.append(byte == 0x2B ? 0x20 : byte)
            }
        }
        return String(decoding: output, as: UTF8.self)
    }

    /// Seconds since 1970 of `2026-11-21T08:04:18.000Z`; nil for another notation.
    static func seconds(iso text: String) -> Double? {
        let parts = text.split(whereSeparator: { "-T:.Z".contains($0) }).compactMap { Int($0) }
        guard parts.count >= 6, text.hasSuffix("Z") else { return nil }
        return seconds(parts[0], parts[1], parts[2], parts[3], parts[4], parts[5])
    }

    /// Seconds since 1970 of `Sat, 21 Nov 2026 08:04:18 GMT`; nil for another notation.
    static func seconds(http text: String) -> Double? {
        let parts = text.split(whereSeparator: { " :".contains($0) })
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard parts.count == 8, parts[7] == "GMT", let month = months.firstIndex(of: String(parts[2])), let day = Int(parts[1]),
            let year = Int(parts[3]), let hour = Int(parts[4]), let minute = Int(parts[5]), let second = Int(parts[6])
        else { return nil }
        return seconds(year, month + 1, day, hour, minute, second)
    }

    private static func seconds(_ year: Int, _ month: Int, _ day: Int, _ hour: Int, _ minute: Int, _ second: Int) -> Double? {
        guard (1970...9999).contains(year), (1...12).contains(month), (1...31).contains(day) else { return nil }
        guard (0...23).contains(hour), (0...59).contains(minute), (0...60).contains(second) else { return nil }
        // Days since 1970 with the year beginning in March, so that the leap day is the last one.
        let (shifted, moved) = month < 3 ? (year - 1, month + 9) : (year, month - 3)
        let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + (153 * moved + 2) / 5 + day - 719_469
        return Double(days * 86_400 + hour * 3600 + minute * 60 + second)
    }
}
