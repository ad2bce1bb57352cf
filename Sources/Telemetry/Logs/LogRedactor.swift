import Primitives

/// Takes secrets out of log lines: whole values under keys that name one, and passwords and tokens inside other values.
enum LogRedactor {
    static let mask = "<redacted>"

    private static let secretWords: Set<String> = [
        "authorization", "token", "password", "passwords", "passwd", "passphrase", "secret", "secrets", "cookie", "cookies", "apikey",
        "credential", "credentials",
    ]
    private static let keyOwners: Set<String> = ["api", "private", "access", "signing", "secret"]
    private static let measures: Set<String> = ["count", "budget", "limit", "id"]

    /// Keys are constants of the code, so few answers serve all lines; the bound is for metadata whose keys come from outside.
    private static let answers = Locked<[String: Bool]>([:])
    private static let answerLimit = 1024

    /// Whether values under `key` are secrets. `token_count` and `max_tokens` are not: they measure text.
    static func isSecret(key: String) -> Bool {
        if let answer = answers.withLock({ $0[key] }) { return answer }
        let answer = namesSecret(key)
        answers.withLock { answers in
            if answers.count < answerLimit { answers[key] = answer }
        }
        return answer
    }

    private static func namesSecret(_ key: String) -> Bool {
        let words = words(of: key)
        for (index, word) in words.enumerated() {
            let next = index + 1 < words.count ? words[index + 1] : ""
            if word == "token" && measures.contains(next) { continue }
            if secretWords.contains(word) || (keyOwners.contains(word) && (next == "key" || next == "keys")) { return true }
        }
        return false
    }

    /// `text` without URL passwords, bearer tokens and values assigned to secret names such as `password=…`.
    static func scrubbed(_ text: String) -> String {
        guard mayHoldSecret(text) else { return text }
        let bytes = Array(text.utf8)
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            if let end = secretEnd(bytes, at: index, written: result) {
                result += mask.utf8
                index = end
            } else {
                result.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// A cheap look before the search: a secret follows `=`, `:`, or a word that ends like `bearer` or `basic`.
    private static func mayHoldSecret(_ text: String) -> Bool {
        var (beforeLast, last): (UInt8, UInt8) = (0, 0)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "="), UInt8(ascii: ":"): return true
            case UInt8(ascii: " "):
                let isScheme = (beforeLast | 0x20, last | 0x20) == (0x65, 0x72) || (beforeLast | 0x20, last | 0x20) == (0x69, 0x63)
                if isScheme { return true }
            default: break
            }
            (beforeLast, last) = (last, byte)
        }
        return false
    }

    /// The end of the secret that begins at `index`, judged by what stands before it; nil when none begins there.
    private static func secretEnd(_ bytes: [UInt8], at index: Int, written: [UInt8]) -> Int? {
        guard let last = written.last, !isDelimiter(bytes[index]) else { return nil }
        guard isBlankOrQuote(last) || isAssignment(last) else { return nil }
        // Back over `: "` and the like, to the sign that assigns, and over the quote that may close the name before it.
        let head = trimmed(written[...])
        if let sign = head.last, isAssignment(sign) {
            let name = trailingName(trimmed(head.dropLast()))
            if !name.isEmpty && isSecret(key: name) {
                let end = end(of: bytes, from: index)
                // `Authorization: Bearer …` keeps its scheme.
                return isScheme(bytes[index..<end]) ? nil : end
            }
            return last == UInt8(ascii: ":") ? passwordEnd(bytes, at: index, written: written) : nil
        }
        return last == UInt8(ascii: " ") && isScheme(trailingNameBytes(head)) ? end(of: bytes, from: index) : nil
    }

    /// For `scheme://user:` before `index`: where the password ends, which is the last `@` before the path.
    private static func passwordEnd(_ bytes: [UInt8], at index: Int, written: [UInt8]) -> Int? {
        guard let slash = written.lastIndex(of: UInt8(ascii: "/")), slash >= 2, written[slash - 1] == UInt8(ascii: "/"),
            written[slash - 2] == UInt8(ascii: ":"), !written[slash...].contains(where: { $0 == 0x20 || $0 == UInt8(ascii: "@") })
        else { return nil }
        let authorityEnd =
            bytes[index...].firstIndex { $0 <= 0x20 || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") || $0 == UInt8(ascii: "\"") }
            ?? bytes.count
        return bytes[index..<authorityEnd].lastIndex(of: UInt8(ascii: "@"))
    }

    private static func end(of bytes: [UInt8], from index: Int) -> Int {
        bytes[index...].firstIndex { isDelimiter($0) } ?? bytes.count
    }

    private static func isAssignment(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "=") || byte == UInt8(ascii: ":") }

    private static func isBlankOrQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }

    /// What certainly ends a secret: better a comma too many behind the mask than half a password.
    private static func isDelimiter(_ byte: UInt8) -> Bool { byte <= 0x20 || isBlankOrQuote(byte) || byte == UInt8(ascii: "&") }

    private static func isScheme(_ bytes: ArraySlice<UInt8>) -> Bool {
        bytes.count <= 6 && ["bearer", "basic"].contains(String(decoding: bytes, as: UTF8.self).lowercased())
    }

    private static func trimmed(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var end = bytes.endIndex
        while end > bytes.startIndex, isBlankOrQuote(bytes[end - 1]) { end -= 1 }
        return bytes[..<end]
    }

    private static func trailingName(_ bytes: ArraySlice<UInt8>) -> String { String(decoding: trailingNameBytes(bytes), as: UTF8.self) }

    private static func trailingNameBytes(_ bytes: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var start = bytes.endIndex
        while start > bytes.startIndex, isNameByte(bytes[start - 1]) { start -= 1 }
        return bytes[start...]
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."): true
        default: false
        }
    }

    /// The words of a snake, kebab, dotted or camel case key, in lower case.
    private static func words(of key: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in key.unicodeScalars {
            let isUpper = ("A"..."Z").contains(character)
            let isPart = isUpper || ("a"..."z").contains(character) || ("0"..."9").contains(character)
            if !word.isEmpty && (!isPart || (isUpper && wasLower)) {
                words.append(word)
                word = ""
            }
            if isPart { word += String(character).lowercased() }
            wasLower = isPart && !isUpper
        }
        return word.isEmpty ? words : words + [word]
    }
}
