internal import Domain

/// Finds words and identifiers in text, byte by byte: nearly all of documentation is ASCII.
struct TermScanner: ~Copyable {
    private let stemmer = Stemmer()
    private let keepsStopWords: Bool
    /// Terms longer than this many bytes are data, not words.
    private static let longestTerm = 100

    init(keepsStopWords: Bool = false) { self.keepsStopWords = keepsStopWords }

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

    private static func isWord(_ byte: UInt8) -> Bool { byte.isASCIILetter || byte.isASCIIDigit || byte == 0x5f || byte >= 0x80 }

    /// The length of the connector at `index`: `.`, `-`, or `::`.
    private static func connector(_ bytes: [UInt8], _ index: Int) -> Int? {
        switch bytes[index] {
        case UInt8(ascii: "."), UInt8(ascii: "-"): 1
        case UInt8(ascii: ":"): index + 1 < bytes.count && bytes[index + 1] == UInt8(ascii: ":") ? 2 : nil
        default: nil
        }
    }

    private func scanIdentifier(_ run: ArraySlice<UInt8>, _ emit: (TermID) -> Void) {
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

    private func term(_ bytes: ArraySlice<UInt8>, isPart: Bool, _ emit: (TermID) -> Void) {
        guard bytes.count <= Self.longestTerm else { return }
        let lower = bytes.map(\.asciiLowercased)
        // Stop words say nothing in a name either, but the name as a whole was counted with them.
        if !keepsStopWords, StopWords.contains(key: FNV.hash(lower)) { return }
        if isPart, lower.count == 1 { return }
        if lower.contains(where: \.isASCIIDigit) { return emit(LexicalAnalyzer.identifier(of: lower)) }
        emit(LexicalAnalyzer.identifier(of: stemmer.stem(lower)))
    }

    // MARK: Beyond ASCII

    private func scanUnicode(_ run: ArraySlice<UInt8>, _ emit: (TermID) -> Void) {
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
