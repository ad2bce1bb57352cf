/// Writes one line of inline content twice: as Markdown and as plain text.
///
/// White space collapses as in a browser. Marks (emphasis, links) are opened only when text follows, so that empty ones leave nothing
/// behind and spaces stay outside of them.
struct LineWriter {
    enum Mark: Equatable {
        case strong, emphasis, strike
        case link(String)
    }

    private(set) var markdown: [UInt8] = []
    private(set) var text: [UInt8] = []
    /// Bytes of text inside links.
    private(set) var linkedBytes = 0
    private var pendingSpace = false
    private var marks: [(mark: Mark, isOpen: Bool)] = []
    /// How many of the marks, from the outermost, are open or are left out for good, because one around them is of the same kind.
    private var settledMarks = 0

    var isEmpty: Bool { text.isEmpty && markdown.isEmpty }

    /// Appends text as it stands in the page.
    mutating func append(_ bytes: some Sequence<UInt8>) {
        let inLink = isInLink
        var previous: UInt8 = markdown.last ?? 0x20
        var iterator = bytes.makeIterator()
        var current = iterator.next()
        while let byte = current {
            current = iterator.next()
            if byte.isHTMLSpace {
                pendingSpace = true
                continue
            }
            beginRun()
            previous = markdown.last ?? 0x20
            if needsEscape(byte, after: previous, before: current ?? 0x20) { markdown.append(UInt8(ascii: "\\")) }
            markdown.append(byte)
            text.append(byte)
            if inLink { linkedBytes += 1 }
        }
    }

    /// Appends a code span; `code` has its white space collapsed.
    mutating func appendCode(_ code: String) {
        let code = code.trimmingSpaces()
        guard !code.isEmpty else { return }
        beginRun()
        let fence = String(repeating: "`", count: code.longestRun(of: "`") + 1)
        let padding = code.hasPrefix("`") || code.hasSuffix("`") ? " " : ""
        markdown.append(contentsOf: (fence + padding + code + padding + fence).utf8)
        text.append(contentsOf: code.utf8)
        if isInLink { linkedBytes += code.utf8.count }
    }

    /// Lets the next text be parted from this one by a space.
    mutating func space() { pendingSpace = true }

    /// Opens a mark; one that is open already has no effect of its own.
    mutating func open(_ mark: Mark) { marks.append((mark, false)) }

    /// Closes the innermost mark.
    mutating func close() {
        guard let (mark, isOpen) = marks.popLast() else { return }
        settledMarks = min(settledMarks, marks.count)
        guard isOpen else { return }
        switch mark {
        case .strong: markdown.append(contentsOf: "**".utf8)
        case .emphasis: markdown.append(contentsOf: "*".utf8)
        case .strike: markdown.append(contentsOf: "~~".utf8)
        case .link(let target): markdown.append(contentsOf: "](\(target))".utf8)
        }
    }

    /// Takes the line, with all marks closed, and begins a new one in which they are open again.
    mutating func take() -> (markdown: String, text: String, linkedBytes: Int) {
        let reopened = marks.map(\.mark)
        while !marks.isEmpty { close() }
        defer {
            self = LineWriter()
            marks = reopened.map { ($0, false) }
        }
        return (String(decoding: markdown, as: UTF8.self), String(decoding: text, as: UTF8.self), linkedBytes)
    }

    private var isInLink: Bool {
        marks.contains {
            if case .link = $0.mark { true } else { false }
        }
    }

    private mutating func beginRun() {
        if pendingSpace, !isEmpty {
            markdown.append(0x20)
            text.append(0x20)
        }
        pendingSpace = false
        guard settledMarks < marks.count else { return }
        for index in settledMarks..<marks.count {
            let mark = marks[index].mark
            // Bold in bold, and a link in a link, would end the outer one.
            guard !marks[..<index].contains(where: { $0.isOpen && $0.mark.isSameKind(as: mark) }) else { continue }
            switch mark {
            case .strong: markdown.append(contentsOf: "**".utf8)
            case .emphasis: markdown.append(contentsOf: "*".utf8)
            case .strike: markdown.append(contentsOf: "~~".utf8)
            case .link: markdown.append(contentsOf: "[".utf8)
            }
            marks[index].isOpen = true
        }
        settledMarks = marks.count
    }

    private func needsEscape(_ byte: UInt8, after previous: UInt8, before next: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "`"), UInt8(ascii: "*"): return true
        case UInt8(ascii: "\\"): return next >= 0x21 && next <= 0x7e && !next.isASCIILetter && !next.isASCIIDigit
        case UInt8(ascii: "<"): return next.isASCIILetter || next == UInt8(ascii: "/") || next == UInt8(ascii: "!")
        case UInt8(ascii: "_"):
            // Between letters it is part of a name and no emphasis in GitHub's Markdown.
            return !(previous.isWordByte && next.isWordByte)
        case UInt8(ascii: "#"), UInt8(ascii: ">"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            return markdown.isEmpty && (next.isHTMLSpace || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "#"))
        case UInt8(ascii: "."), UInt8(ascii: ")"):
            return next.isHTMLSpace && !markdown.isEmpty && markdown.count < 10 && markdown.allSatisfy(\.isASCIIDigit)
        default: return false
        }
    }
}

extension LineWriter.Mark {
    fileprivate func isSameKind(as other: LineWriter.Mark) -> Bool {
        switch (self, other) {
        case (.link, .link): true
        default: self == other
        }
    }
}

extension UInt8 {
    fileprivate var isWordByte: Bool { isASCIILetter || isASCIIDigit || self == UInt8(ascii: "_") || self >= 0x80 }
}

extension String {
    /// The longest run of `character` in the text.
    func longestRun(of character: Unicode.Scalar) -> Int {
        var longest = 0
        var current = 0
        for scalar in unicodeScalars {
            current = scalar == character ? current + 1 : 0
            longest = max(longest, current)
        }
        return longest
    }

    /// The text without white space at either end.
    func trimmingSpaces() -> String {
        let bytes = utf8
        guard let first = bytes.firstIndex(where: { !$0.isHTMLSpace }), let last = bytes.lastIndex(where: { !$0.isHTMLSpace }) else {
            return ""
        }
        if first == startIndex, bytes.index(after: last) == endIndex { return self }
        return String(self[first...last])
    }
}
