/// A glob over addresses: `*` stands for any characters but a slash, `**` for any characters, `?` for one character but a slash.
///
/// A pattern that begins with `http://` or `https://` is compared with the whole address without its query, one that begins with `/` or `**`
/// with the path, any other with the end of the path from any segment on: `*.html` is `**/*.html`. A slash at the end of a path
/// may be there or not. `**/` also stands for nothing.
package struct URLPattern: Sendable, Hashable, CustomStringConvertible {
    /// Why a text is no pattern.
    package struct Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// The text, cut to 100 characters.
        package let pattern: String
        /// The reason in words.
        package let reason: String

        package var description: String { "the pattern \"\(pattern)\" \(reason)" }
    }

    private enum Token: Sendable, Hashable {
        case byte(UInt8), one, segment, any
        /// `**/`: nothing, or anything that ends in a slash.
        case directories
    }

    /// The text as given.
    package let description: String
    private let tokens: [Token]
    private let isWhole: Bool

    /// Reads `pattern`: 1 to 1024 bytes, no white space, no brackets or braces, at most two stars in a row, at most 32 wildcards.
    package init(_ pattern: String) throws(Invalid) {
        func invalid(_ reason: String) -> Invalid { Invalid(pattern: String(pattern.prefix(100)), reason: reason) }
        guard !pattern.isEmpty else { throw invalid("is empty") }
        guard pattern.utf8.count <= 1024 else { throw invalid("is longer than 1024 bytes") }
        guard pattern.unicodeScalars.allSatisfy({ $0.value > 0x20 && $0.value != 0x7F }) else {
            throw invalid("has white space or control characters")
        }
        guard !pattern.utf8.contains(where: { "[]{}\\".utf8.contains($0) }) else {
            throw invalid("has brackets, braces or a backslash; only *, ** and ? are wildcards")
        }
        description = pattern
        let lowered = pattern.lowercased()
        isWhole = lowered.hasPrefix("http://") || lowered.hasPrefix("https://")
        var text = pattern
        if !isWhole, !pattern.hasPrefix("/"), !pattern.hasPrefix("**") { text = "**/" + pattern }
        guard let tokens = Self.tokens(text) else { throw invalid("has more than two stars in a row") }
        guard tokens.filter({ if case .byte = $0 { false } else { true } }).count <= 32 else { throw invalid("has more than 32 wildcards") }
        self.tokens = tokens
    }

    /// Whether the pattern covers `url`. Takes time proportional to the product of both lengths at worst.
    package func matches(_ url: SiteURL) -> Bool {
        let prefix = isWhole ? url.origin : ""
        let trimmed = prefix + url.trimmedPath
        return matches(Array(trimmed.utf8)) || matches(Array((trimmed.hasSuffix("/") ? trimmed : trimmed + "/").utf8))
    }

    private static func tokens(_ text: String) -> [Token]? {
        let bytes = Array(PercentEncoding.normalized(text[...], .query).utf8)
        var tokens: [Token] = []
        var index = 0
        while index < bytes.count {
            switch bytes[index] {
            case 0x3F: tokens.append(.one)
            case 0x2A:
                var stars = 1
                while index + 1 < bytes.count, bytes[index + 1] == 0x2A { (index, stars) = (index + 1, stars + 1) }
                guard stars <= 2 else { return nil }
                let isDirectories =
                    stars == 2 && index + 1 < bytes.count && bytes[index + 1] == 0x2F
                    && (tokens.isEmpty || tokens.last == .byte(0x2F))
                if isDirectories { index += 1 }
                tokens.append(stars == 1 ? .segment : isDirectories ? .directories : .any)
            default: tokens.append(.byte(bytes[index]))
            }
            index += 1
        }
        return tokens
    }

    /// All positions of the text that the pattern read so far can have reached, one token at a time: no backtracking to explode.
    private func matches(_ text: [UInt8]) -> Bool {
        var reached = [Bool](repeating: false, count: text.count + 1)
        reached[0] = true
        for token in tokens {
            var next = [Bool](repeating: false, count: text.count + 1)
            var isOpen = false
            for position in 0...text.count {
                let byte = position > 0 ? text[position - 1] : 0
                switch token {
                case .byte(let wanted): next[position] = position > 0 && reached[position - 1] && byte == wanted
                case .one: next[position] = position > 0 && reached[position - 1] && byte != 0x2F
                case .segment:
                    isOpen = reached[position] || (isOpen && byte != 0x2F)
                    next[position] = isOpen
                case .any:
                    isOpen = isOpen || reached[position]
                    next[position] = isOpen
                case .directories:
                    next[position] = reached[position] || (isOpen && byte == 0x2F)
                    isOpen = isOpen || reached[position]
                }
            }
            reached = next
        }
        return reached[text.count]
    }
}
