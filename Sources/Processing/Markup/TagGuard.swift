/// Limits what one tag may hold, before libxml2 sees it.
///
/// libxml2 compares every attribute of an element with every one before it, so a megabyte of attributes would take it an hour.
enum TagGuard {
    /// More attributes than a page has on any element, and few enough to compare pairwise.
    static let maximumAttributes = 128

    /// `html` without the attributes that follow the first 128 or so of a tag. Pages within the limit come back unchanged and uncopied.
    static func limited(_ html: [UInt8]) -> [UInt8] {
        let cuts = excess(in: html.span)
        guard !cuts.isEmpty else { return html }
        var result: [UInt8] = []
        var copied = 0
        for cut in cuts {
            result.append(contentsOf: html[copied..<cut.lowerBound])
            copied = cut.upperBound
        }
        result.append(contentsOf: html[copied...])
        return result
    }

    /// What has to go, in order.
    private static func excess(in html: Span<UInt8>) -> [Range<Int>] {
        var cuts: [Range<Int>] = []
        var index = 0
        while index < html.count {
            guard html[index] == UInt8(ascii: "<") else {
                index += 1
                continue
            }
            index += 1
            guard index < html.count else { break }
            if begins("!--", html, at: index) {
                index = end(of: "-->", in: html, from: index + 3)
                continue
            }
            guard html[index].isASCIILetter else { continue }
            let name = index
            var marks = 0
            var cut: Int?
            scan: while index < html.count {
                let byte = html[index]
                if byte == UInt8(ascii: ">") { break }
                if byte.isHTMLSpace || byte == UInt8(ascii: "=") || byte == UInt8(ascii: "/") {
                    marks += 1
                    if marks > maximumAttributes * 2, cut == nil { cut = index }
                }
                index += 1
                if byte == UInt8(ascii: "=") {
                    while index < html.count, html[index].isHTMLSpace { index += 1 }
                    guard index < html.count else { break scan }
                    let quote = html[index]
                    if quote == 0x22 || quote == 0x27 {
                        index += 1
                        while index < html.count, html[index] != quote { index += 1 }
                        index = min(index + 1, html.count)
                    }
                }
            }
            if let cut { cuts.append(cut..<index) }
            guard html[name] | 0x20 == 0x73 else { continue }
            if isElement("script", html, at: name) {
                index = end(of: "</script", in: html, from: index)
            } else if isElement("style", html, at: name) {
                index = end(of: "</style", in: html, from: index)
            }
        }
        return cuts
    }

    /// Whether an element of this name, in lower case, begins at `index`, and more follows.
    private static func isElement(_ name: StaticString, _ html: Span<UInt8>, at index: Int) -> Bool {
        let end = index + name.utf8CodeUnitCount
        return end < html.count && index + 6 < html.count && begins(name, html, at: index) && !html[end].isASCIILetter
    }

    /// Whether `text`, which is ASCII in lower case, stands at `index`.
    private static func begins(_ text: StaticString, _ html: Span<UInt8>, at index: Int) -> Bool {
        guard index + text.utf8CodeUnitCount <= html.count else { return false }
        for offset in 0..<text.utf8CodeUnitCount {
            guard unsafe html[index + offset].asciiLowercased == text.utf8Start[offset] else { return false }
        }
        return true
    }

    /// The index of the first `mark` (ASCII, lower-case) at or behind `start`, or the end.
    private static func end(of mark: StaticString, in html: Span<UInt8>, from start: Int) -> Int {
        let first = unsafe mark.utf8Start[0]
        var index = start
        while index < html.count {
            if html[index] == first, begins(mark, html, at: index) { return index }
            index += 1
        }
        return html.count
    }
}
