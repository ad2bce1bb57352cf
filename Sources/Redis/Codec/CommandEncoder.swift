/// Writes commands as RESP arrays of bulk strings.
enum CommandEncoder {
    /// The bytes of one command; `arguments` begins with the command's name and is not empty.
    static func encode(_ arguments: [RedisArgument]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(16 + arguments.reduce(0) { $0 + 16 + size(of: $1) })
        appendHeader("*", arguments.count, to: &bytes)
        for argument in arguments {
            switch argument {
            case .text(let text): append(text.utf8, to: &bytes)
            case .bytes(let raw): append(raw, to: &bytes)
            case .integer(let value): append(String(value).utf8, to: &bytes)
            }
        }
        return bytes
    }

    private static func size(of argument: RedisArgument) -> Int {
        switch argument {
        case .text(let text): text.utf8.count
        case .bytes(let raw): raw.count
        case .integer: 20
        }
    }

    private static func append(_ value: some Collection<UInt8>, to bytes: inout [UInt8]) {
        appendHeader("$", value.count, to: &bytes)
        bytes.append(contentsOf: value)
        appendLineEnd(to: &bytes)
    }

    private static func appendHeader(_ mark: Unicode.Scalar, _ count: Int, to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: mark))
        bytes.append(contentsOf: String(count).utf8)
        appendLineEnd(to: &bytes)
    }

    private static func appendLineEnd(to bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: "\r"))
        bytes.append(UInt8(ascii: "\n"))
    }
}
