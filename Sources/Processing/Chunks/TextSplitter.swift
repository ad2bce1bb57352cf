/// Cuts texts at the gentlest place that keeps the pieces within a budget.
enum TextSplitter {
    /// `text` in pieces that `fits` accepts: at sentence ends, else between words, else between characters. Nothing but white space at
    /// the cuts is lost. A single character is a piece even when it does not fit.
    ///
    /// Cost: `fits` looks at some ten times the text, however long its words are.
    ///
    /// - Parameter longest: characters of a word that are tried as one piece, far more than fit.
    static func pieces(of text: String, longest: Int, fits: (Substring) -> Bool) -> [Substring] {
        var result: [Substring] = []
        pack(sentences(text[...]), of: text[...], fits: fits) { sentence in
            pack(words(sentence), of: sentence, fits: fits) { word in
                var rest = word
                var count = rest.count
                while count > 0 {
                    var length = count
                    while length > 1, length > longest || !fits(rest.prefix(length)) { length = (length + 1) / 2 }
                    result.append(rest.prefix(length))
                    rest = rest.dropFirst(length)
                    count -= length
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
    ///
    /// How many fit is found by doubling and halving: looking at the whole piece again for each part would be quadratic in small words.
    private static func pack(
        _ parts: [Substring], of text: Substring, fits: (Substring) -> Bool, tooLong: (Substring) -> Void, emit: (Substring) -> Void
    ) {
        var first = 0
        while first < parts.count {
            guard fits(parts[first]) else {
                tooLong(parts[first])
                first += 1
                continue
            }
            var last = first
            func joined(_ end: Int) -> Substring { text[parts[first].startIndex..<parts[end].endIndex] }
            var step = 1
            while last + step < parts.count, fits(joined(last + step)) {
                last += step
                step *= 2
            }
            while step > 1 {
                step /= 2
                if last + step < parts.count, fits(joined(last + step)) { last += step }
            }
            emit(joined(last))
            first = last + 1
        }
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
