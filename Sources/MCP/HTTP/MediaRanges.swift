/// The media types of an `Accept` or `Content-Type` header, in lower case and without parameters.
struct MediaRanges {
    private var ranges: [String] = []

    /// What nearly all clients send, word by word.
    private static let known: [String: [String]] = [
        "application/json": ["application/json"],
        "application/json, text/event-stream": ["application/json", "text/event-stream"],
        "text/event-stream": ["text/event-stream"],
    ]

    /// Reads comma-separated ranges; those with `q=0` are refusals and left out. One pass over the bytes: every request has two such headers.
    init(_ values: [String]) {
        if values.count == 1, let known = Self.known[values[0]] {
            ranges = known
            return
        }
        for value in values {
            var type: [UInt8] = []
            var parameter: [UInt8]?
            var isRefused = false
            func isRefusal(_ bytes: [UInt8]?) -> Bool {
                guard let bytes, bytes.starts(with: "q=".utf8) else { return false }
                return Double(String(decoding: bytes.dropFirst(2), as: UTF8.self)) == 0
            }
            for byte in value.utf8 {
                switch byte {
                case UInt8(ascii: " "), UInt8(ascii: "\t"): continue
                case UInt8(ascii: ","):
                    if !isRefused, !isRefusal(parameter) { append(type) }
                    (type, parameter, isRefused) = ([], nil, false)
                case UInt8(ascii: ";"):
                    isRefused = isRefused || isRefusal(parameter)
                    parameter = []
                default:
                    let lower = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
                    if parameter == nil { type.append(lower) } else { parameter?.append(lower) }
                }
            }
            if !isRefused, !isRefusal(parameter) { append(type) }
        }
    }

    private mutating func append(_ type: [UInt8]) {
        if !type.isEmpty { ranges.append(String(decoding: type, as: UTF8.self)) }
    }

    /// Whether `name` is among them, by itself or under the wildcard `family` or the widest.
    func offers(_ name: String, _ family: String) -> Bool {
        ranges.contains { $0 == name || $0 == family || $0 == "*/*" }
    }

    /// Whether there is one type, which is `name`.
    func isExactly(_ name: String) -> Bool { ranges.count == 1 && ranges[0] == name }
}
