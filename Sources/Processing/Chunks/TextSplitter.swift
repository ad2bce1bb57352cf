/// Cuts texts at the gentlest place that keeps the pieces within a budget.
enum TextSplitter {
    /// `text` in pieces that `fits` accepts: at sentence ends, else between words, else between characters. Nothing but white space at
    /// the cuts is lost. A single character is a piece even when it does not fit.
    static func pieces(of text: String, fits: (Substring) -> Bool) -> [Substring] {
        var result: [Substring] = []
        pack(sentences(text[...]), of: text[...], fits: fits) { sentence in
            pack(words(sentence), of: sentence, fits: fits) { word in
                var rest = word
                while !rest.isEmpty {
                    var length = rest.count
                    while length > 1, !fits(rest.prefix(length)) { length = (length + 1) / 2 }
                    result.append(rest.prefix(length))
                    rest = rest.dropFirst(length)
                }
            } emit: {
                result.append($0)
            }
        } emit: {
            result.append($0)
        }
        return result
    }

    /// Joins consecutive parts of `text` as long as they fit; a part that does not fit alone goes to `tooLong`.
    private static func pack(
        _ parts: [Substring], of text: Substring, fits: (Substring) -> Bool, tooLong: (Substring) -> Void, emit: (Substring) -> Void
    ) {
        var current: Substring?
        for part in parts {
            if let open = current {
                let joined = text[open.startIndex..<part.endIndex]
                if fits(joined) {
                    current = joined
                    continue
                }
                emit(open)
                current = nil
            }
            if fits(part) {
                current = part
            } else {
                tooLong(part)
            }
        }
        if let current { emit(current) }
    }

    /// The sentences of `text`: each ends with a full stop, question or exclamation mark before white space, or with a line break.
    static func sentences(_ text: Substring) -> [Substring] {
        var result: [Substring] = []
        let bytes = text.utf8
        var start = bytes.startIndex
        var index = start
        var previous: UInt8 = 0
        func add(upTo end: Substring.Index) {
            let piece = text[start..<end].trimmed()
            if !piece.isEmpty { result.append(piece) }
        }
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == 0x0a || byte.isHTMLSpace && (previous == 0x2e || previous == 0x3f || previous == 0x21) {
                add(upTo: index)
                start = bytes.index(after: index)
            }
            previous = byte
            index = bytes.index(after: index)
        }
        add(upTo: bytes.endIndex)
        return result
    }

    /// The words of `text`, parted by white space.
    static func words(_ text: Substring) -> [Substring] {
        text.utf8.split(whereSeparator: \.isHTMLSpace).map { text[$0.startIndex..<$0.endIndex] }
    }
}

extension Substring {
    /// Without white space at either end.
    func trimmed() -> Substring {
        let bytes = utf8
        guard let first = bytes.firstIndex(where: { !$0.isHTMLSpace }), let last = bytes.lastIndex(where: { !$0.isHTMLSpace }) else {
            return self[startIndex..<startIndex]
        }
        return self[first...last]
    }
}
