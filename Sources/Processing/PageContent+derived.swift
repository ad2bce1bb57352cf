internal import Digests
internal import Domain

extension PageContent {
    /// SHA-256 over the text of the blocks, for formats without markup.
    static func textChecksum(_ blocks: [ContentBlock]) -> [UInt8] {
        SHA256.hash(blocks.map(\.text).joined(separator: "\n"))
    }

    /// SHA-256 over the visible text below `root`. White space is exact in code; elsewhere each run of it counts as one space, and so does
    /// the edge of an element, because spaces move in and out of elements without anybody having changed the text.
    static func textChecksum(_ tree: HTMLTree, survey: PageSurvey, root: Int?) -> [UInt8] {
        var bytes: [UInt8] = []
        guard let root else { return SHA256.hash(bytes) }
        bytes.reserveCapacity(survey.visibleText(root) * 5 / 4)
        var codeEnd = 0
        var index = root
        while index < Int(tree.nodes[root].end) {
            let node = tree.nodes[index]
            if survey.isDropped[index], index != root {
                index = Int(node.end)
                continue
            }
            if node.tag == .pre { codeEnd = max(codeEnd, Int(node.end)) }
            if node.tag == .text {
                let isCode = index < codeEnd
                if !isCode, bytes.last != 0x20 { bytes.append(0x20) }
                for byte in tree.text(index) {
                    if isCode || !byte.isHTMLSpace {
                        bytes.append(byte)
                    } else if bytes.last != 0x20 {
                        bytes.append(0x20)
                    }
                }
            }
            index += 1
        }
        return SHA256.hash(bytes)
    }

    /// A title for a page that has none: the last segment of its path, or its host.
    static func fallbackTitle(_ url: String) -> String {
        let reference = URLReference(url)
        let segment = reference?.path.split(separator: "/").last.map(String.init)
        return segment ?? reference?.authority ?? url
    }

    /// Whether the page has a heading of the first level.
    var hasTitleHeading: Bool { blocks.firstTitle != nil }

    /// The same page under another title.
    func withTitle(_ title: String) -> PageContent {
        PageContent(
            url: url, title: title, blocks: blocks, links: links, isMissingLinks: isMissingLinks, canonical: canonical, language: language,
            isExcludedFromIndex: isExcludedFromIndex, isExcludedFromFollowing: isExcludedFromFollowing, textChecksum: textChecksum)
    }
}

extension [ContentBlock] {
    /// The text of the first heading of the first level.
    var firstTitle: String? { first { $0.kind == .heading(level: 1) }?.text }
}

extension String {
    /// The text with each run of white space as one space, trimmed.
    func collapsingSpaces() -> String {
        var result: [UInt8] = []
        result.reserveCapacity(utf8.count)
        var pending = false
        for byte in utf8 {
            if byte.isHTMLSpace {
                pending = true
            } else {
                if pending, !result.isEmpty { result.append(0x20) }
                pending = false
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }
}
