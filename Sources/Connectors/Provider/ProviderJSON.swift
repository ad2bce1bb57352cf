import Domain
import FoundationEssentials

/// Reads JSON that a provider sent: bounded in depth here and in size by the request.
enum ProviderJSON {
    /// Arrays and objects within each other at most.
    static let maximumDepth = 64

    /// - Throws: ``Fault``, transient: what is cut off or garbled may come whole the next time.
    static func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8], of provider: String) throws(Fault) -> Value {
        guard depth(bytes) <= maximumDepth, let value = try? JSONDecoder().decode(type, from: Data(bytes)) else {
            throw Fault(
                .network, code: "E_NET_PROTOCOL", "\(provider) answers with \(bytes.count) bytes that are not the JSON expected.",
                hint: "Try again; check the API's address if it stays so.", isTransient: true)
        }
        return value
    }

    /// The shapes in which providers say no: GitHub, Notion and Confluence's first API have a message, its second one a list of errors.
    private struct Refusal: Decodable {
        struct Item: Decodable {
            let title: String?
            let detail: String?
            let message: String?
        }
        let message: String?
        let errors: [Item]?

        private enum Key: CodingKey { case message, errors }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: Key.self)
            // What is of another type is not what is looked for.
            message = try? container.decode(String.self, forKey: .message)
            errors = try? container.decode([Item].self, forKey: .errors)
        }

        var text: String? { message ?? errors?.first.flatMap { $0.detail ?? $0.message ?? $0.title } }
    }

    /// What a provider says about a request that it refuses: one line of at most 200 characters.
    static func message(_ bytes: [UInt8]) -> String? {
        guard bytes.count <= 65_536, depth(bytes) <= maximumDepth,
            let text = (try? JSONDecoder().decode(Refusal.self, from: Data(bytes)))?.text
        else { return nil }
        let printable = text.unicodeScalars.prefix(200).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }
        var line = String.UnicodeScalarView()
        line.append(contentsOf: printable)
        return line.isEmpty ? nil : String(line)
    }

    /// How deep arrays and objects lie within each other; an unbalanced text counts by its deepest place.
    static func depth(_ bytes: [UInt8]) -> Int {
        var (depth, deepest, isText, isEscaped) = (0, 0, false, false)
        for byte in bytes {
            if isText {
                if isEscaped { isEscaped = false } else if byte == 0x5C { isEscaped = true } else if byte == 0x22 { isText = false }
                continue
            }
            switch byte {
            case 0x22: isText = true
            case 0x5B, 0x7B:
                depth += 1
                deepest = max(deepest, depth)
            case 0x5D, 0x7D: depth -= 1
            default: break
            }
        }
        return deepest
    }
}
