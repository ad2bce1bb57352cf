internal import Digests
package import Domain

/// Cuts pages into sections. Pure: the same page gives the same paths and checksums.
package enum SectionBuilder {
    /// Pages of fewer words stay whole, and pieces of a page are joined until they have this many. Words are parted by white space.
    package static let minimumWords = 1500
    /// The length of a section's summary in characters.
    package static let summaryLength = 240

    /// The sections of `page` in reading order; the first is the page's root, whose path is the path of the page's address.
    ///
    /// A page below `minimumWords` is its root alone. A longer one is split at its headings of levels 1 to 3: the root holds what stands
    /// before the first of them (the page's own title does not count), and consecutive pieces are joined until they reach `minimumWords`
    /// and become children of the root. A page without any text has one empty child with the anchor `content`.
    ///
    /// - Parameters:
    ///   - page: The page as `DocumentParser` read it.
    ///   - boilerplate: Fingerprints of blocks to leave out, from `BoilerplateDetector`.
    package static func sections(for page: PageContent, boilerplate: Set<UInt64> = []) -> [SectionDraft] {
        let blocks =
            boilerplate.isEmpty
            ? page.blocks : page.blocks.filter { $0.navigationFingerprint.map { !boilerplate.contains($0) } ?? true }
        let path = path(ofPageAt: page.url)
        let address = page.url.prefix { $0 != "#" }
        func draft(
            _ blocks: [ContentBlock], anchor: String, title: String, headings: [String], level: Int, ordinal: Int
        ) -> SectionDraft {
            let content = blocks.markdown.trimmingSpaces()
            let url = anchor.isEmpty ? String(address) : "\(address)#\(anchor)"
            return SectionDraft(
                path: anchor.isEmpty ? path : "\(path)#\(anchor)", anchor: anchor, parentPath: anchor.isEmpty ? nil : path, title: title,
                headingPath: headings, level: level, ordinal: ordinal, url: url, content: content, summary: summary(of: blocks),
                tokenCount: (content.utf8.count + 3) / 4,
                checksum: checksum(title: title, blocks: blocks, level: level, url: url), blocks: blocks)
        }
        func root(_ blocks: [ContentBlock]) -> SectionDraft {
            draft(blocks, anchor: "", title: page.title, headings: [page.title], level: 0, ordinal: 0)
        }
        guard !blocks.isEmpty else {
            return [root([]), draft([], anchor: "content", title: "content", headings: [page.title, "content"], level: 1, ordinal: 1)]
        }
        let words = blocks.map { wordCount($0.markdown) }
        guard words.reduce(0, +) >= minimumWords else { return [root(blocks)] }
        var slugger = Slugger()
        let pieces = split(blocks, words: words, pageTitle: page.title)
        return [root(Array(blocks[pieces.intro]))]
            + pieces.children.enumerated().map { number, piece in
                draft(
                    Array(blocks[piece.range]), anchor: slugger.anchor(for: piece.title, existing: piece.anchor), title: piece.title,
                    headings: [page.title] + piece.outer + [piece.title], level: piece.level, ordinal: number + 1)
            }
    }

    /// The path under which the root section of the page at `url` is stored: without query, fragment and trailing slash.
    package static func path(ofPageAt url: String) -> String {
        var path = URLReference(url)?.path ?? url
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path.isEmpty ? "/" : path
    }

    /// The number of words of `text`, parted by white space.
    static func wordCount(_ text: String) -> Int {
        var count = 0
        var isInWord = false
        for byte in text.utf8 {
            if byte.isHTMLSpace {
                isInWord = false
            } else if !isInWord {
                isInWord = true
                count += 1
            }
        }
        return count
    }

    private struct Piece {
        var range: Range<Int>
        let title: String
        let anchor: String?
        let level: Int
        /// The titles of the headings around it, from the page down.
        let outer: [String]
    }

    private static func split(
        _ blocks: [ContentBlock], words: [Int], pageTitle: String
    ) -> (intro: Range<Int>, children: [Piece]) {
        var starts: [Int] = []
        for (index, block) in blocks.enumerated() {
            guard case .heading(let level) = block.kind, level <= 3 else { continue }
            // The page's own title belongs to the root.
            if level == 1, starts.isEmpty, block.text == pageTitle, !blocks[..<index].contains(where: { $0.kind == block.kind }) {
                continue
            }
            starts.append(index)
        }
        guard let first = starts.first else { return (blocks.indices, []) }
        var children: [Piece] = []
        var open: [(level: Int, title: String)] = []
        var filled = minimumWords
        for (number, start) in starts.enumerated() {
            guard case .heading(let level) = blocks[start].kind else { continue }
            let end = number + 1 < starts.count ? starts[number + 1] : blocks.count
            while let last = open.last, last.level >= level { open.removeLast() }
            if filled >= minimumWords {
                let outer = open.map(\.title).filter { $0 != pageTitle }
                children.append(
                    Piece(range: start..<end, title: blocks[start].text, anchor: blocks[start].anchor, level: level, outer: outer))
                filled = 0
            } else {
                children[children.count - 1].range = children[children.count - 1].range.lowerBound..<end
            }
            filled += words[start..<end].reduce(0, +)
            open.append((level, blocks[start].text))
        }
        return (0..<first, children)
    }

    private static func summary(of blocks: [ContentBlock]) -> String {
        var text = ""
        for block in blocks {
            if case .heading = block.kind, text.isEmpty { continue }
            text += (text.isEmpty ? "" : " ") + block.text.prefix(summaryLength * 2).collapsing()
            // Four bytes is the longest scalar, so this is enough for 240 characters of any ordinary text.
            if text.utf8.count > summaryLength * 4 { break }
        }
        if text.isEmpty, let heading = blocks.first { text = heading.text }
        return String(text.prefix(summaryLength)).trimmingSpaces()
    }

    /// Of the content's text alone, so that a section keeps its checksum, its chunks and its vectors when a link moves to another target.
    private static func checksum(title: String, blocks: [ContentBlock], level: Int, url: String) -> [UInt8] {
        var digest = SHA256()
        // A NUL between the fields keeps two different sections from hashing the same bytes; none of the fields holds one.
        digest.update(title)
        for block in blocks {
            digest.update("\0\(letter(of: block.kind))\0\(block.anchor ?? "")\0")
            digest.update(block.text)
        }
        digest.update("\0\(level)\0")
        digest.update(url)
        return digest.finalize()
    }
}

extension SectionBuilder {
    /// Names a kind of block in checksums, which are stored: never to be changed.
    private static func letter(of kind: ContentBlock.Kind) -> String {
        switch kind {
        case .heading(let level): "h\(level)"
        case .definition(let depth): "d\(depth)"
        case .paragraph: "p"
        case .code(let language): "c\(language)"
        case .table(let headerLines): "t\(headerLines)"
        case .rule: "r"
        }
    }
}

extension Substring {
    fileprivate func collapsing() -> String { String(self).collapsingSpaces() }
}
