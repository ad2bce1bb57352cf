/// Short pieces of a text for lists of results.
package enum Excerpt {
    /// The part of `text` around the first place where a word of `query` stands: 40 characters before it and 120 after its end, widened
    /// to whole words, with an ellipsis where text is left out and white space collapsed. The start of the text when no word is found.
    package static func around(_ text: String, query: String, before: Int = 40, after: Int = 120) -> String {
        let text = text.collapsingSpaces()
        let lower = Array(text.utf8.map(\.asciiLowercased))
        let words = query.utf8.split { !($0.isASCIILetter || $0.isASCIIDigit || $0 == 0x5f || $0 >= 0x80) }
            .map { $0.map(\.asciiLowercased) }
        let whole = Array(query.collapsingSpaces().utf8.map(\.asciiLowercased))
        // The whole query first, then its longest words, which are the rarest.
        let wanted = [whole] + words.filter { $0.count > 2 }.sorted { $0.count > $1.count }
        for word in wanted where !word.isEmpty {
            guard let hit = find(word, in: lower) else { continue }
            let start = text.utf8.index(text.startIndex, offsetBy: hit)
            let end = text.utf8.index(start, offsetBy: word.count)
            guard let first = start.samePosition(in: text), let last = end.samePosition(in: text) else { continue }
            return clip(
                text, from: text.index(first, offsetBy: -before, limitedBy: text.startIndex) ?? text.startIndex,
                to: text.index(last, offsetBy: after, limitedBy: text.endIndex) ?? text.endIndex)
        }
        return clip(
            text, from: text.startIndex,
            to: text.index(text.startIndex, offsetBy: before + after, limitedBy: text.endIndex) ?? text.endIndex)
    }

    /// `text` shortened to at most `tokens` tokens of four bytes each, at the end of a sentence where the last third has one, otherwise
    /// between words, with an ellipsis. A text that fits comes back as it is; an empty text when not even one word fits.
    package static func shortened(_ text: String, toTokens tokens: Int) -> String {
        let limit = max(0, tokens) * 4
        guard text.utf8.count > limit else { return text }
        let ellipsis = "…"
        guard limit > ellipsis.utf8.count else { return "" }
        let bytes = Array(text.utf8.prefix(limit - ellipsis.utf8.count + 1))
        var sentence: Int?
        var word: Int?
        for index in 1..<max(1, bytes.count) where bytes[index].isHTMLSpace && !bytes[index - 1].isHTMLSpace {
            word = index
            let previous = bytes[index - 1]
            if previous == 0x2e || previous == 0x3f || previous == 0x21 || bytes[index] == 0x0a { sentence = index }
        }
        if let sentence, sentence * 3 >= limit * 2 { return String(decoding: bytes[..<sentence], as: UTF8.self) + ellipsis }
        guard let word else { return "" }
        return String(decoding: bytes[..<word], as: UTF8.self) + ellipsis
    }

    private static func find(_ word: [UInt8], in text: [UInt8]) -> Int? {
        guard word.count <= text.count else { return nil }
        return (0...(text.count - word.count)).first { text[$0] == word[0] && text[$0...].starts(with: word) }
    }

    private static func clip(_ text: String, from start: String.Index, to end: String.Index) -> String {
        var start = start
        var end = end
        // Widening stops after a while: a line of data has no words to keep whole.
        var steps = 0
        while start > text.startIndex, steps < 20, text[text.index(before: start)] != " " {
            start = text.index(before: start)
            steps += 1
        }
        steps = 0
        while end < text.endIndex, steps < 20, text[end] != " " {
            end = text.index(after: end)
            steps += 1
        }
        return (start > text.startIndex ? "…" : "") + text[start..<end] + (end < text.endIndex ? "…" : "")
    }
}
