/// Collects the pieces of one text: normalizes scalars, gathers words, cuts words into the longest pieces known.
struct PieceScanner {
    /// Ids so far.
    private(set) var ids: [Int32] = []
    /// For each id the UTF-8 offset of the scalar that its first character came from; ascending.
    private(set) var offsets: [Int] = []
    /// Whether it has as many ids as it may have.
    var isFull: Bool { ids.count >= limit }

    private let vocabulary: Vocabulary
    private let limit: Int
    // "##" and then the word in progress, so that a continuation is looked up in place; `origins` has the source of each byte.
    private var word: [UInt8] = [UInt8(ascii: "#"), UInt8(ascii: "#")]
    private var origins: [Int] = [0, 0]
    private var scalars = 0

    private static let prefix = 2
    // The reference library gives up on longer words.
    private static let longestWord = 100

    init(vocabulary: Vocabulary, limit: Int) {
        self.vocabulary = vocabulary
        self.limit = limit
    }

    /// Adds a piece found outside the normal course.
    mutating func append(_ id: Int32, at offset: Int) {
        guard !isFull else { return }
        ids.append(id)
        offsets.append(offset)
    }

    /// Adds the pieces of `bytes[low..<high]`, valid UTF-8, until it is full. A word does not continue in the next call.
    mutating func scan(_ bytes: [UInt8], from low: Int, to high: Int) {
        var place = low
        while place < high && !isFull {
            let byte = bytes[place]
            if byte < 0x80 {
                scanASCII(byte, at: place)
                place += 1
            } else {
                let (scalar, width) = Self.decode(bytes, at: place, to: high)
                scan(scalar, at: place)
                place += width
            }
        }
        endWord()
    }

    // MARK: - Scalars

    private mutating func scanASCII(_ byte: UInt8, at place: Int) {
        switch byte {
        case 9, 10, 13, 32: endWord()
        case 0..<32, 127: break
        case 33...47, 58...64, 91...96, 123...126: appendAlone(Unicode.Scalar(byte), at: place)
        default:
            word.append((65...90).contains(byte) ? byte | 0x20 : byte)
            origins.append(place)
            scalars += 1
        }
    }

    private mutating func scan(_ scalar: Unicode.Scalar, at place: Int) {
        let kind = scalar.kind
        switch kind {
        case .removed: return
        case .space: return endWord()
        case .ideograph: endWord()
        case .other: break
        }
        // Lower case comes after decomposition and scalar by scalar, without the rules for a final sigma or a language.
        CanonicalDecomposition.shared.forEach(of: scalar) { part in
            if part.isMark { return }
            for lower in part.properties.lowercaseMapping.unicodeScalars {
                if lower.properties.isWhitespace {
                    endWord()
                } else if lower.isTokenPunctuation {
                    appendAlone(lower, at: place)
                } else {
                    appendToWord(lower, at: place)
                }
            }
        }
        if kind == .ideograph { endWord() }
    }

    private mutating func appendToWord(_ scalar: Unicode.Scalar, at place: Int) {
        for unit in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
            word.append(unit)
            origins.append(place)
        }
        scalars += 1
    }

    private mutating func appendAlone(_ scalar: Unicode.Scalar, at place: Int) {
        endWord()
        appendToWord(scalar, at: place)
        endWord()
    }

    private static func decode(_ bytes: [UInt8], at place: Int, to high: Int) -> (Unicode.Scalar, width: Int) {
        let first = bytes[place]
        let width = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
        var value = UInt32(first) & (0x7F >> UInt32(width))
        for next in 1..<width where place + next < high { value = value << 6 | UInt32(bytes[place + next] & 0x3F) }
        return (Unicode.Scalar(value) ?? "\u{FFFD}", width)
    }

    // MARK: - Words

    private mutating func endWord() {
        guard scalars > 0 else { return }
        let mark = ids.count
        if scalars > Self.longestWord || !cutWord() {
            ids.removeSubrange(mark...)
            offsets.removeSubrange(mark...)
            append(vocabulary.special.unknown, at: origins[Self.prefix])
        }
        word.removeSubrange(Self.prefix...)
        origins.removeSubrange(Self.prefix...)
        scalars = 0
    }

    /// Appends the pieces of the word, longest first; returns false when a part of it matches nothing.
    private mutating func cutWord() -> Bool {
        var start = Self.prefix
        while start < word.count {
            var low = start
            // A continuation borrows the two bytes before it for its "##"; they are of no use any more.
            if start > Self.prefix {
                low = start - Self.prefix
                word[low] = UInt8(ascii: "#")
                word[low + 1] = UInt8(ascii: "#")
            }
            var end = min(word.count, low + vocabulary.longestPiece)
            var found: Int32?
            while end > start {
                if end == word.count || word[end] & 0xC0 != 0x80 {
                    found = vocabulary.id(of: word, from: low, to: end)
                    if found != nil { break }
                }
                end -= 1
            }
            guard let found else { return false }
            // A full scanner still walks the word: whether all of it matches decides on the pieces before.
            append(found, at: origins[start])
            start = end
        }
        return true
    }
}
