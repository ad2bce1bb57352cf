internal import Domain

/// Finds words and identifiers in text, byte by byte: nearly all of documentation is ASCII.
struct TermScanner: ~Copyable {
    private let stemmer = Stemmer()
    private let keepsStopWords: Bool
    /// Terms longer than this many bytes are data, not words.
    private static let longestTerm = 100

    init(keepsStopWords: Bool = false) { self.keepsStopWords = keepsStopWords }

    /// Terms of words that were met before, by the hash of the word in lower case; nothing for stop words.
    private var known: [UInt64: TermID?] = [:]

    /// Calls `emit` for each term of `text`, as often as it occurs.
    mutating func scan(_ text: String, emit: (TermID) -> Void) {
        var text = text
        text.makeContiguousUTF8()
        let bytes = Array(text.utf8)
        var index = 0
        while index < bytes.count {
            guard Self.isWord(bytes[index]) else {
                index += 1
                continue
            }
            let start = index
            if let end = scanPlainWord(bytes, start, emit) {
                index = end
                continue
            }
            // The end of an identifier: words joined by single connectors.
            while index < bytes.count {
                if Self.isWord(bytes[index]) {
                    index += 1
                } else if let length = Self.connector(bytes, index), index + length < bytes.count, Self.isWord(bytes[index + length]) {
                    index += length
                } else {
                    break
                }
            }
            scanIdentifier(bytes[start..<index], emit)
        }
    }

    /// Takes a word of letters alone that stands by itself and is no `camelCase`, which most words are; returns its end, or nil for the rest.
    private mutating func scanPlainWord(_ bytes: [UInt8], _ start: Int, _ emit: (TermID) -> Void) -> Int? {
        var hash = FNV.basis
        var capitals = 0
        var index = start
        while index < bytes.count, bytes[index].isASCIILetter {
            let lower = bytes[index] | 0x20
            if lower != bytes[index] { capitals += 1 }
            hash = (hash ^ UInt64(lower)) &* FNV.prime
            index += 1
        }
        let count = index - start
        guard count > 0, count <= Self.longestTerm, capitals == 0 || capitals == count || capitals == 1 && bytes[start] < 0x61 else {
            return nil
        }
        if index < bytes.count {
            if Self.isWord(bytes[index]) { return nil }
            if let length = Self.connector(bytes, index), index + length < bytes.count, Self.isWord(bytes[index + length]) { return nil }
        }
        if let term = self.term(hash, { bytes[start..<index].map { $0 | 0x20 } }) { emit(term) }
        return index
    }

    /// The term of a word of letters with the given hash; nil for a stop word.
    private mutating func term(_ hash: UInt64, _ word: () -> [UInt8]) -> TermID? {
        if let term = known[hash] { return term }
        let isDropped = !keepsStopWords && StopWords.contains(key: hash)
        let term = isDropped ? nil : LexicalAnalyzer.identifier(of: stemmer.stem(word()))
        known[hash] = .some(term)
        return term
    }

    private static func isWord(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit || byte == 0x5f || byte >= 0x80 }

    /// The length of the connector at `index`: `.`, `-`, or `::`.
    private static func connector(_ bytes: [UInt8], _ index: Int) -> Int? {
        switch bytes[index] {
        case UInt8(ascii: "."), UInt8(ascii: "-"): 1
        case UInt8(ascii: ":"): index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: ":") ? 2 : nil
        default: nil
        }
    }

    private mutating func scanIdentifier(_ run: ArraySlice<UInt8>, _ emit: (TermID) -> Void) {
        guard run.allSatisfy({ $0 < 0x80 }) else { return scanUnicode(run, emit) }
        let segments = run.split { !Self.isWord($0) }
        if segments.count > 1 { whole(run, emit) }
        for segment in segments {
            let words = Self.words(segment)
            if words.count > 1 {
                // The name without the underscores around it, so that `__init__` is found as `init` too.
                whole(segment, emit)
                for word in words { term(word, isPart: true, emit) }
            } else if let word = words.first {
                term(word, isPart: segments.count > 1, emit)
            }
        }
    }

    /// The words of a name: parted by underscores, at a change from small to capital letters, and before the last capital of several
    /// when a small letter follows (`HTTPServer`).
    private static func words(_ segment: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var words: [ArraySlice<UInt8>] = []
        var start = segment.startIndex
        func isUpper(_ byte: UInt8) -> Bool { byte >= 0x41 && byte <= 0x5a }
        func isLower(_ byte: UInt8) -> Bool { byte >= 0x61 && byte <= 0x7a }
        for index in segment.indices {
            let byte = segment[index]
            if byte == 0x5f {
                if start < index { words.append(segment[start..<index]) }
                start = index + 1
            } else if index > start, isUpper(byte) {
                let previous = segment[index - 1]
                let next = index + 1 < segment.endIndex ? segment[index + 1] : 0
                // The plural s of an abbreviation (`APIs`) begins no word.
                let isPlural = next == 0x73 && (index + 2 == segment.endIndex)
                if isLower(previous) || previous.isASCIIDigit || isUpper(previous) && isLower(next) && !isPlural {
                    words.append(segment[start..<index])
                    start = index
                }
            }
        }
        if start < segment.endIndex { words.append(segment[start...]) }
        return words
    }

    private func whole(_ bytes: ArraySlice<UInt8>, _ emit: (TermID) -> Void) {
        guard bytes.count <= Self.longestTerm else { return }
        emit(LexicalAnalyzer.identifier(of: bytes.lazy.map(\.asciiLowercased)))
    }

    private mutating func term(_ bytes: ArraySlice<UInt8>, isPart: Bool, _ emit: (TermID) -> Void) {
        guard bytes.count <= Self.longestTerm else { return }
        let lower = bytes.map(\.asciiLowercased)
        if isPart, lower.count == 1 { return }
        if lower.contains(where: \.isASCIIDigit) { return emit(LexicalAnalyzer.identifier(of: lower)) }
        // Stop words say nothing in a name either, but the name as a whole was counted with them.
        if let term = self.term(FNV.hash(lower), { lower }) { emit(term) }
    }

    // MARK: Beyond ASCII

    private mutating func scanUnicode(_ run: ArraySlice<UInt8>, _ emit: (TermID) -> Void) {
        var word = ""
        var previousIdeograph: Unicode.Scalar?
        var isAlone = false
        func endWord() {
            guard !word.isEmpty else { return }
            let lower = Array(word.lowercased().utf8)
            word = ""
            guard lower.count <= Self.longestTerm else { return }
            if lower.allSatisfy({ $0 < 0x80 }) {
                scanIdentifier(lower[...], emit)
            } else {
                emit(LexicalAnalyzer.identifier(of: lower))
            }
        }
        func endIdeographs() {
            if isAlone, let previousIdeograph { emit(LexicalAnalyzer.identifier(of: String(previousIdeograph).utf8)) }
            previousIdeograph = nil
            isAlone = false
        }
        for scalar in String(decoding: run, as: UTF8.self).unicodeScalars {
            if Self.isIdeograph(scalar) {
                endWord()
                if let previous = previousIdeograph {
                    emit(LexicalAnalyzer.identifier(of: (String(previous) + String(scalar)).utf8))
                    isAlone = false
                } else {
                    isAlone = true
                }
                previousIdeograph = scalar
            } else {
                endIdeographs()
                let properties = scalar.properties
                if properties.isAlphabetic || properties.numericType != nil || scalar == "_"
                    || properties.generalCategory == .nonspacingMark
                {
                    word.unicodeScalars.append(scalar)
                } else {
                    endWord()
                }
            }
        }
        endIdeographs()
        endWord()
    }

    private static func isIdeograph(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x3040...0x30ff, 0x3400...0x4dbf, 0x4e00...0x9fff, 0xf900...0xfaff, 0x20000...0x3ffff: true
        default: false
        }
    }
}
