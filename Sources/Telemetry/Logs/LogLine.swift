import FoundationEssentials
import Logging

/// A log line before it is written.
struct LogLine: Sendable {
    let time: Date
    let level: Logger.Level
    let message: String
    let service: String
    let logger: String
    /// Flattened metadata, sorted by key.
    let fields: [LogField]

    /// Keys that every line has; metadata under one of these names gets the prefix `meta.`.
    static let fixedKeys: Set<String> = ["ts", "level", "msg", "service", "logger"]
    /// Identifiers that come before the rest, in this order.
    static let leadingKeys = ["request_id", "correlation_id", "job_id", "trace_id", "span_id", "stage"]

    private var ordered: [LogField] {
        let leading = Self.leadingKeys.compactMap { key in fields.first { $0.key == key } }
        return leading + fields.filter { !Self.leadingKeys.contains($0.key) }
    }

    /// One JSON object with a line feed: `ts`, `level`, `msg`, `service`, `logger`, identifiers, then the rest by key.
    func json() -> [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(512)
        out += "{\"ts\":\"".utf8
        Timestamp.append(time.timeIntervalSince1970, to: &out)
        out += "\",\"level\":\"".utf8
        out += level.rawValue.utf8
        out += "\",\"msg\":".utf8
        Self.append(quoted: message, to: &out)
        out += ",\"service\":".utf8
        Self.append(quoted: service, to: &out)
        out += ",\"logger\":".utf8
        Self.append(quoted: logger, to: &out)
        for field in ordered {
            out.append(UInt8(ascii: ","))
            Self.append(quoted: Self.fixedKeys.contains(field.key) ? "meta.\(field.key)" : field.key, to: &out)
            out.append(UInt8(ascii: ":"))
            switch field.value {
            case .string(let text): Self.append(quoted: text, to: &out)
            case .literal(let text): out += text.utf8
            case .list(let texts):
                out.append(UInt8(ascii: "["))
                for (index, text) in texts.enumerated() {
                    if index > 0 { out.append(UInt8(ascii: ",")) }
                    Self.append(quoted: text, to: &out)
                }
                out.append(UInt8(ascii: "]"))
            }
        }
        out += [UInt8(ascii: "}"), 0x0A]
        return out
    }

    /// A plain line: time of day, level, message, then `key=value` pairs. Control characters are escaped, so a value cannot forge a line.
    func text() -> [UInt8] {
        let time = Timestamp.rfc3339(time.timeIntervalSince1970).dropFirst(11).dropLast()
        var line = "\(time) \(level.rawValue.uppercased()) \(Self.escaped(message))"
        for field in ordered {
            let value =
                switch field.value {
                case .string(let text): text.contains(" ") || text.isEmpty ? "\"\(text)\"" : text
                case .literal(let text): text
                case .list(let texts): "[\(texts.joined(separator: ", "))]"
                }
            line += " \(Self.escaped(field.key))=\(Self.escaped(value))"
        }
        return Array((line + "\n").utf8)
    }

    private static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: { $0.value < 0x20 || (0x7F...0x9F).contains($0.value) }) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            result += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
    }

    private static func append(quoted text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        defer { out.append(UInt8(ascii: "\"")) }
        guard text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C || $0 == 0x7F }) else {
            out += text.utf8
            return
        }
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out += [0x5C, 0x22]
            case 0x5C: out += [0x5C, 0x5C]
            case 0x0A: out += [0x5C, UInt8(ascii: "n")]
            case 0x0D: out += [0x5C, UInt8(ascii: "r")]
            case 0x09: out += [0x5C, UInt8(ascii: "t")]
            case 0..<0x20, 0x7F:
                let digits = String(byte, radix: 16)
                out += ("\\u00\(digits.count < 2 ? "0" : "")\(digits)".utf8)
            default: out.append(byte)
            }
        }
    }
}
