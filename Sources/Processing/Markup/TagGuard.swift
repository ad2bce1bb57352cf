/// Limits what one tag may hold, before libxml2 sees it.
///
/// libxml2 compares every attribute of an element with every one before it, so a megabyte of attributes would take it an hour. The scan
/// follows its HTML parser (`HTMLparser.c` of 2.9) step by step, and takes away what that reads in another way depending on what is open:
/// a tag that one of them takes for text would hide the attributes of all that follow.
struct TagGuard {
    /// More attributes than a page has on any element, and few enough to compare pairwise.
    static let maximumAttributes = 128

    private let html: [UInt8]
    private let maximum: Int
    private var index = 0
    /// What has to go, in order; an empty range is where a space has to come, which ends what libxml2 might do before raw text.
    private var edits: [Range<Int>] = []

    /// `html` without the attributes of a tag that follow its first `maximum`. Pages within the limit come back unchanged and uncopied.
    static func limited(_ html: [UInt8], maximum: Int = maximumAttributes) -> [UInt8] {
        var scan = TagGuard(html: html, maximum: maximum)
        scan.run()
        guard !scan.edits.isEmpty else { return html }
        var result: [UInt8] = []
        var copied = 0
        for edit in scan.edits {
            result.append(contentsOf: html[copied..<edit.lowerBound])
            if edit.isEmpty { result.append(0x20) }
            copied = edit.upperBound
        }
        result.append(contentsOf: html[copied...])
        return result
    }

    private init(html: [UInt8], maximum: Int) { (self.html, self.maximum) = (html, maximum) }

    private mutating func run() {
        while index < html.count {
            guard html[index] == UInt8(ascii: "<") else {
                index += 1
                continue
            }
            let start = index
            index += 1
            guard index < html.count else { return }
            switch html[index] {
            case UInt8(ascii: "!"):
                if begins("!--") {
                    comment()
                } else if begins("!doctype") {
                    documentType(from: start)
                }
            case UInt8(ascii: "?"): instruction(from: start)
            case UInt8(ascii: "/"): endTag()
            case let byte where byte.isASCIILetter: element()
            default: break
            }
        }
    }

    // MARK: - Tags

    private mutating func element() {
        let name = self.name()
        let isEmpty = attributes()
        guard !isEmpty, index < html.count else { return }
        for raw in ["script", "style"] as [StaticString] where isName(name, raw) { return rawText(raw) }
    }

    /// Goes behind the start tag whose attributes begin here.
    /// - Returns: whether it ends in `/>`, which for libxml2 is the end of the element too.
    private mutating func attributes() -> Bool {
        var count = 0
        var cut: Int?
        skipSpace()
        while index < html.count, html[index] != UInt8(ascii: ">"), !begins("/>") {
            count += 1
            if count > maximum, cut == nil { cut = index }
            if name().isEmpty {
                while index < html.count, !Self.isSpace(html[index]), html[index] != UInt8(ascii: ">"), !begins("/>") { index += 1 }
            } else {
                skipSpace()
                if index < html.count, html[index] == UInt8(ascii: "=") { value() }
            }
            skipSpace()
        }
        if let cut { edits.append(cut..<index) }
        let isEmpty = begins("/>")
        index = min(index + (isEmpty ? 2 : 1), html.count)
        return isEmpty
    }

    private mutating func value() {
        index += 1
        skipSpace()
        guard index < html.count else { return }
        let quote = html[index]
        if quote == 0x22 || quote == 0x27 {
            index += 1
            skip(to: quote)
        } else {
            while index < html.count, !Self.isSpace(html[index]), html[index] != UInt8(ascii: ">") { index += 1 }
        }
    }

    /// The content of a script or style sheet, up to its end tag.
    private mutating func rawText(_ element: StaticString) {
        // An end tag right behind the start tag may close what is around both, and a start tag may close it too.
        if html[index] == UInt8(ascii: "<"), index + 1 < html.count, !endsRawText(element) {
            let next = html[index + 1]
            if next == UInt8(ascii: "/") || Self.isNameByte(next) { edits.append(index..<index) }
        }
        while index < html.count {
            guard html[index] == UInt8(ascii: "<"), index + 2 < html.count, html[index + 1] == UInt8(ascii: "/"),
                begins(element, at: index + 2)
            else {
                index += 1
                continue
            }
            let start = index
            let isEnd = endsRawText(element)
            index += 1
            endTag()
            if isEnd { return }
            // The end tag of another element whose name only begins in this way.
            edits.append(start..<index)
        }
    }

    private func endsRawText(_ element: StaticString) -> Bool {
        guard index + 2 < html.count, html[index + 1] == UInt8(ascii: "/"), begins(element, at: index + 2) else { return false }
        let end = index + 2 + element.utf8CodeUnitCount
        return end == html.count || !Self.isNameByte(html[end])
    }

    /// Goes behind the end tag whose slash is here.
    private mutating func endTag() {
        index += 1
        if !name().isEmpty { skip(to: UInt8(ascii: ">")) }
    }

    // MARK: - What is no element

    private mutating func comment() {
        index += 3
        while index < html.count {
            if html[index] == UInt8(ascii: "-") {
                if begins("-->") {
                    index += 3
                    return
                }
                if begins("--!>") {
                    index += 4
                    return
                }
            }
            index += 1
        }
    }

    /// Which letters a name may have decides what libxml2 takes for an instruction, so one with others than ASCII goes as a whole.
    private mutating func instruction(from start: Int) {
        index += 1
        guard index < html.count else { return }
        let isForeign = html[index] >= 0x80
        guard isForeign || html[index].isASCIILetter || html[index] == UInt8(ascii: "_") || html[index] == UInt8(ascii: ":") else { return }
        skip(to: UInt8(ascii: ">"))
        if isForeign { edits.append(start..<index) }
    }

    /// A document type has no effect, so one that is not plain goes as a whole.
    private mutating func documentType(from start: Int) {
        index += 8
        skipSpace()
        let first = index
        while index < html.count, Self.isNameByte(html[index]) || html[index] >= 0x80 { index += 1 }
        let isForeign = html[first..<index].contains { $0 >= 0x80 } || first == index || !html[first].isASCIILetter
        skipSpace()
        if begins("system") || begins("public") {
            let isPublic = begins("public")
            index += 6
            skipSpace()
            if literal(), isPublic {
                skipSpace()
                _ = literal()
            }
        }
        skip(to: UInt8(ascii: ">"))
        if isForeign { edits.append(start..<index) }
        // Right behind one, libxml2 takes another and an end tag for text.
        if begins("<!doctype") || begins("</") { edits.append(index..<index) }
    }

    private mutating func literal() -> Bool {
        guard index < html.count, html[index] == 0x22 || html[index] == 0x27 else { return false }
        let quote = html[index]
        index += 1
        skip(to: quote)
        return true
    }

    // MARK: - Steps

    /// Goes behind a name, of which libxml2 reads a hundred bytes.
    private mutating func name() -> Range<Int> {
        let start = index
        guard index < html.count, Self.isNameByte(html[index]), !html[index].isASCIIDigit, html[index] != UInt8(ascii: "-") else {
            return start..<start
        }
        while index < html.count, index - start < 100, Self.isNameByte(html[index]) { index += 1 }
        return start..<index
    }

    private func isName(_ range: Range<Int>, _ text: StaticString) -> Bool {
        range.count == text.utf8CodeUnitCount && begins(text, at: range.lowerBound)
    }

    private mutating func skipSpace() { while index < html.count, Self.isSpace(html[index]) { index += 1 } }

    /// Goes behind the next `byte`, or to the end.
    private mutating func skip(to byte: UInt8) {
        while index < html.count, html[index] != byte { index += 1 }
        index = min(index + 1, html.count)
    }

    private func begins(_ text: StaticString) -> Bool { begins(text, at: index) }

    /// Whether `text`, which is ASCII in lower case, stands at `position` in any case.
    private func begins(_ text: StaticString, at position: Int) -> Bool {
        guard position + text.utf8CodeUnitCount <= html.count else { return false }
        for offset in 0..<text.utf8CodeUnitCount {
            guard unsafe html[position + offset].asciiLowercased == text.utf8Start[offset] else { return false }
        }
        return true
    }

    /// What libxml2 takes for a blank: a form feed is none.
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte.isASCIILetter || byte.isASCIIDigit || byte == UInt8(ascii: ":") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_")
            || byte == UInt8(ascii: ".")
    }
}
