/// Limits what one tag may hold, before libxml2 sees it.
///
/// libxml2 compares every attribute of an element with every one before it, so a megabyte of attributes would take it an hour.
enum TagGuard {
    /// More attributes than a page has on any element, and few enough to compare pairwise.
    static let maximumAttributes = 128

    /// `html` without the attributes that follow the first 128 or so of a tag. Pages within the limit come back unchanged and uncopied.
    static func limited(_ html: [UInt8]) -> [UInt8] {
        var result: [UInt8]?
        var copied = 0
        var index = 0
        while let open = html[index...].firstIndex(of: UInt8(ascii: "<")) {
            index = open + 1
            guard index < html.count else { break }
            if html[index...].starts(with: "!--".utf8) {
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
                    if html[index] == 0x22 || html[index] == 0x27 {
                        index = (html[(index + 1)...].firstIndex(of: html[index]) ?? html.count - 1) + 1
                    }
                }
            }
            if let cut {
                var kept = result ?? []
                kept.append(contentsOf: html[copied..<cut])
                result = kept
                copied = index
            }
            for raw in ["script", "style"] where html[name] | 0x20 == 0x73 && name + 6 < html.count && matches(raw, html, at: name) {
                index = end(of: "</" + raw, in: html, from: index)
            }
        }
        guard var result else { return html }
        result.append(contentsOf: html[copied...])
        return result
    }

    private static func matches(_ name: String, _ html: [UInt8], at index: Int) -> Bool {
        zip(html[index...], name.utf8).allSatisfy { $0.asciiLowercased == $1 }
            && index + name.utf8.count < html.count && !html[index + name.utf8.count].isASCIILetter
    }

    /// The index of the first `mark` (ASCII, lower-case) at or behind `start`, or the end.
    private static func end(of mark: String, in html: [UInt8], from start: Int) -> Int {
        let mark = Array(mark.utf8)
        var index = start
        while index + mark.count <= html.count {
            if html[index] == mark[0], (1..<mark.count).allSatisfy({ html[index + $0].asciiLowercased == mark[$0] }) { return index }
            index += 1
        }
        return html.count
    }
}
