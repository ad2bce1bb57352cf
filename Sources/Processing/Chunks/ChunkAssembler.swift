internal import Digests
internal import Domain

/// Packs the blocks of one section into chunks, in order.
struct ChunkAssembler {
    /// A heading or definition that the walk is under. Definitions rank below all headings.
    private struct Outline {
        let rank: Int
        let title: String
        let anchor: String?
    }

    private let section: SectionDraft
    private let profile: ChunkProfile
    /// What the profile counts for nothing: the model's own markers.
    private let baseTokens: Int

    private var outline: [Outline] = []
    private var chunks: [ChunkDraft] = []

    /// The outline under which the open chunk began.
    private var openPath: [String] = []
    private var openAnchor = ""
    private var openPrefix = ""
    private var openPrefixTokens = 0
    private var text = ""
    private var embedded = ""
    private var tokens = 0
    /// Headings that were passed and that no chunk shows yet.
    private var pendingHeadings: [String] = []

    init(section: SectionDraft, profile: ChunkProfile) {
        self.section = section
        self.profile = profile
        baseTokens = profile.countTokens("")
        beginChunk()
    }

    mutating func add(_ block: ContentBlock) {
        switch block.kind {
        case .heading(let level): enter(block, rank: level)
        case .definition(let depth): enter(block, rank: 7 + depth)
        case .rule: break
        case .paragraph: addLines(block.text, wrapped: { $0 }, repeatedLines: 0, isProse: true, separator: block.separator)
        case .code(let language):
            let fence = String(repeating: "`", count: max(3, block.text.longestRun(of: "`") + 1))
            addLines(
                block.text, wrapped: { "\(fence)\(language)\n\($0)\n\(fence)" }, repeatedLines: 0, isProse: false, separator: "\n\n")
        case .table(let headerLines):
            addLines(block.text, wrapped: { $0 }, repeatedLines: headerLines, isProse: false, separator: "\n\n")
        }
    }

    mutating func finish() -> [ChunkDraft] {
        if !text.isEmpty || !pendingHeadings.isEmpty || chunks.isEmpty { endChunk() }
        return chunks
    }

    // MARK: Outline

    private mutating func enter(_ block: ContentBlock, rank: Int) {
        if !text.isEmpty, tokens >= profile.minimumTokens { endChunk() }
        while let last = outline.last, last.rank >= rank { outline.removeLast() }
        outline.append(Outline(rank: rank, title: block.text, anchor: block.anchor))
        if text.isEmpty {
            // Nothing stands under the heading before this one; the chunk shows it unless the new path already does.
            let shown = currentPath
            let carried = pendingHeadings.filter { !shown.contains($0) }
            beginChunk()
            pendingHeadings = carried
            if !carried.isEmpty { flushPending() }
            pendingHeadings = [block.text]
        } else {
            addLines(block.text, wrapped: { $0 }, repeatedLines: 0, isProse: true, separator: "\n\n")
        }
    }

    private mutating func flushPending() {
        let titles = pendingHeadings
        pendingHeadings = []
        for title in titles { addLines(title, wrapped: { $0 }, repeatedLines: 0, isProse: true, separator: "\n\n") }
    }

    private var currentPath: [String] {
        var path = section.headingPath
        for entry in outline where path.last != entry.title && !(entry.rank == 1 && path.first == entry.title) {
            if let index = path.firstIndex(of: entry.title), index > 0, entry.rank <= 3 {
                path.removeSubrange((index + 1)...)
            } else {
                path.append(entry.title)
            }
        }
        return Self.bounded(path)
    }

    /// Bytes that the titles of a path may have together: every chunk has a copy.
    private static let longestPath = 8192

    /// `path` with long titles cut where all of them are longer than that.
    private static func bounded(_ path: [String]) -> [String] {
        guard path.reduce(0, { $0 + $1.utf8.count }) > longestPath else { return path }
        return path.map { $0.utf8.count > 200 ? $0.clipped(to: 200).text + "…" : $0 }
    }

    // MARK: Text

    /// Adds a block's text. Where it does not fit into a chunk of its own it is cut between lines; the first `repeatedLines` are
    /// repeated in each part.
    private mutating func addLines(
        _ text: String, wrapped: (String) -> String, repeatedLines: Int, isProse: Bool, separator: String
    ) {
        let cost = count(text)
        if cost <= room { return append(wrapped(text), embedded: text, cost: cost, separator: separator) }
        // A block that fits into a chunk of its own moves there whole; prose may also be cut to fill the open chunk when that is short.
        if !self.text.isEmpty, cost <= emptyRoom || tokens >= profile.minimumTokens {
            endChunk()
            return addLines(text, wrapped: wrapped, repeatedLines: repeatedLines, isProse: isProse, separator: separator)
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let header = lines.count > repeatedLines ? lines.prefix(repeatedLines).joined(separator: "\n") : ""
        let headerCost = header.isEmpty ? 0 : count(header)
        let repeats = headerCost * 3 < emptyRoom && !header.isEmpty
        let body = repeats ? text[lines[repeatedLines].startIndex...] : text[...]
        var parts: [(text: Substring, cost: Int)] = []
        // The next chunk may begin under a longer path than the open one did.
        let nextPrefix = count(Chunker.prefix(currentPath, profile: profile) + ".")
        let limit = max(4, emptyRoom + min(0, openPrefixTokens - nextPrefix) - (repeats ? headerCost : 0))
        let units = isProse ? TextSplitter.sentences(body) : body.split(separator: "\n", omittingEmptySubsequences: false)
        for unit in units {
            let cost = count(String(unit))
            if cost <= limit {
                parts.append((unit, cost))
            } else {
                let longest = limit * Chunker.charactersPerToken
                parts += TextSplitter.pieces(of: String(unit), longest: longest) { count(String($0)) <= limit }
                    .map { ($0, count(String($0))) }
            }
        }
        var open: [Substring] = []
        var openCost = 0
        func close(_ assembler: inout ChunkAssembler) {
            guard open.contains(where: { !$0.utf8.allSatisfy(\.isHTMLSpace) }) else { return }
            let joined = open.joined(separator: isProse ? " " : "\n")
            let body = repeats ? header + "\n" + joined : joined
            assembler.append(
                wrapped(body), embedded: body, cost: openCost + (repeats ? headerCost : 0), separator: separator)
        }
        for part in parts {
            let fixed = repeats ? headerCost : 0
            if openCost + part.cost + fixed > room, !open.isEmpty || !self.text.isEmpty {
                close(&self)
                if !self.text.isEmpty { endChunk() }
                open = []
                openCost = 0
            }
            open.append(part.text)
            openCost += part.cost
        }
        close(&self)
    }

    private mutating func append(_ piece: String, embedded piecePlain: String, cost: Int, separator: String) {
        pendingHeadings = []
        text += text.isEmpty ? piece : (separator.hasPrefix("\n\n") || separator.count > 1 ? "\n\n" : "\n") + piece
        embedded += (embedded.isEmpty ? "" : "\n") + piecePlain
        tokens += cost
    }

    /// What `text` costs together with the white space that parts it from what follows.
    private func count(_ text: String) -> Int { max(0, profile.countTokens(text + "\n") - baseTokens) }

    private var emptyRoom: Int { profile.tokenLimit - baseTokens - openPrefixTokens }
    private var room: Int { emptyRoom - tokens }

    private mutating func beginChunk() {
        text = ""
        embedded = ""
        tokens = 0
        pendingHeadings = []
        openPath = currentPath
        openAnchor = outline.last { $0.anchor != nil }?.anchor ?? section.anchor
        openPrefix = Chunker.prefix(openPath, profile: profile)
        openPrefixTokens = count(openPrefix + ".")
    }

    private mutating func endChunk() {
        let whole = (embedded.isEmpty ? openPrefix : openPrefix + ". " + embedded).collapsingSpaces()
        chunks.append(
            ChunkDraft(
                sectionPath: section.path, ordinal: chunks.count, text: text, embeddingText: whole, headingPath: openPath,
                anchor: openAnchor, tokenCount: profile.countTokens(whole), checksum: SHA256.hash(whole)))
        beginChunk()
    }
}
