internal import Domain

/// Walks the content of a page in document order and emits its blocks.
///
/// The walk keeps its own stack, so that its depth costs no machine stack.
struct BlockExtractor {
    /// What a container puts before the lines of its blocks: a quote, or a list item.
    struct Container {
        var first: String
        let rest: String
        let isQuote: Bool
        /// Whether its first block follows the block before it without an empty line.
        var isTight: Bool
        /// Whether the block before the next one stands in it too, so that an empty line between them still belongs to it.
        var isShared = false
    }

    /// What to do when the walk leaves an element.
    enum Exit {
        case flush, closeMark, popContainer, popList, heading(level: Int), definition, boldParagraph, popDefinition
    }

    let tree: HTMLTree
    let survey: PageSurvey
    let base: URLReference?
    /// Markdown sources: headings may end in an attribute list such as `{ #anchor }`.
    let readsAttributeLists: Bool

    var blocks: [ContentBlock] = []
    var line = LineWriter()
    private var containers: [Container] = []
    private var lists: [(isOrdered: Bool, next: Int)] = []
    private var exits: [(end: Int, exit: Exit)] = []
    /// An identifier that was passed and has found no heading yet.
    private var pendingAnchor: String?
    private var headingAnchor: String?
    private var definitionDepth = 0
    private var items = FirstChildren(.li)
    private var terms = FirstChildren(.dt)

    /// Containers whose prefixes are written, and the bytes that these have together: every line has them all. What lies deeper stands in
    /// the last one.
    private static let maximumContainers = 12
    private static let maximumPrefix = 48
    /// Terms within terms; what lies deeper stands beside the last one.
    private static let maximumDefinitions = 12
    /// Bytes of an anchor: chunks have copies of it.
    private static let longestAnchor = 1024

    init(tree: HTMLTree, survey: PageSurvey, base: URLReference?, readsAttributeLists: Bool) {
        self.tree = tree
        self.survey = survey
        self.base = base
        self.readsAttributeLists = readsAttributeLists
    }

    /// The blocks of the element `root` and its descendants.
    mutating func extract(_ root: Int) -> [ContentBlock] {
        var index = root
        let end = Int(tree.nodes[root].end)
        while index < end {
            leave(before: index)
            index = visit(index, isRoot: index == root)
        }
        leave(before: Int.max)
        flush()
        return blocks
    }

    private mutating func leave(before index: Int) {
        while let last = exits.last, last.end <= index {
            exits.removeLast()
            run(last.exit)
        }
    }

    private mutating func run(_ exit: Exit) {
        switch exit {
        case .flush: flush()
        case .closeMark: line.close()
        case .popContainer:
            flush()
            containers.removeLast()
        case .popList: lists.removeLast()
        case .heading(let level): flushHeading(level)
        case .definition: flushDefinition()
        case .boldParagraph:
            line.close()
            flush()
        case .popDefinition:
            flush()
            definitionDepth -= 1
        }
    }

    /// Handles node `index` and returns the index of the node to go on with.
    private mutating func visit(_ index: Int, isRoot: Bool) -> Int {
        let node = tree.nodes[index]
        let end = Int(node.end)
        if node.tag == .text {
            line.append(tree.text(index))
            return end
        }
        if survey.isDropped[index], !isRoot { return end }
        if survey.roles[index].contains(.gutter), node.tag != .span { return end }
        noteAnchor(index)
        switch node.tag {
        case .h1, .h2, .h3, .h4, .h5, .h6: enterHeading(index)
        case .pre: return visitCode(index)
        case .table: return visitTable(index)
        case .ul, .ol, .menu:
            flush()
            let start = tree.attribute(.start, of: index).flatMap { Int($0) } ?? 1
            lists.append((node.tag == .ol, min(max(start, 0), 999_999_999)))
            push(end, .popList)
            push(end, .flush)
        case .li: enterItem(index)
        case .dl: flush()
        case .dt: enterTerm(index)
        case .dd:
            flush()
            push(end, .flush)
            if isSignature(besides: index) {
                definitionDepth += 1
                push(end, .popDefinition)
            }
        case .blockquote: enterContainer(Container(first: "> ", rest: "> ", isQuote: true, isTight: false), end)
        case .hr:
            flush()
            emit(.rule, markdown: "---", text: "")
        case .br, .wbr: if node.tag == .br { line.space() }
        case .img: visitImage(index)
        case .input: visitInput(index)
        case .code, .kbd, .samp, .tt:
            if !node.hasBlock, !(index..<end).contains(where: { tree.nodes[$0].tag == .br || tree.nodes[$0].tag == .img }) {
                appendCode(index)
                return end
            }
        case .strong, .b: if !node.hasBlock { openMark(.strong, end) }
        case .em, .i: if !node.hasBlock { openMark(.emphasis, end) }
        case .del, .s, .strike: if !node.hasBlock { openMark(.strike, end) }
        case .a: return enterLink(index)
        case .summary, .figcaption, .caption: enterBold(end)
        case .title, .head, .base, .link, .meta: return end
        default: if node.tag.isBlock { enterBlock(index) }
        }
        return index + 1
    }

    private mutating func push(_ end: Int, _ exit: Exit) { exits.append((end, exit)) }

    mutating func pushCloseMark(_ end: Int) { push(end, .closeMark) }

    private mutating func openMark(_ mark: LineWriter.Mark, _ end: Int) {
        line.open(mark)
        push(end, .closeMark)
    }

    private mutating func enterBlock(_ index: Int) {
        let end = Int(tree.nodes[index].end)
        let role = survey.roles[index]
        if role.contains(.admonition) || isDocBookNote(index) {
            enterContainer(Container(first: "> ", rest: "> ", isQuote: true, isTight: false), end)
        } else if role.contains(.admonitionTitle) {
            enterBold(end)
        } else {
            flush()
            push(end, .flush)
        }
    }

    private mutating func enterBold(_ end: Int) {
        flush()
        line.open(.strong)
        push(end, .boldParagraph)
    }

    private mutating func enterContainer(_ container: Container, _ end: Int) {
        flush()
        let prefix = containers.reduce(container.rest.utf8.count) { $0 + $1.rest.utf8.count }
        guard containers.count < Self.maximumContainers, prefix <= Self.maximumPrefix else { return push(end, .flush) }
        containers.append(container)
        push(end, .popContainer)
    }

    private mutating func enterItem(_ index: Int) {
        flush()
        var marker = "- "
        if let list = lists.last, list.isOrdered {
            marker = "\(list.next). "
            lists[lists.count - 1].next += 1
        }
        let isFirst = lists.count == 1 && isFirstItem(index)
        enterContainer(
            Container(first: marker, rest: String(repeating: " ", count: marker.utf8.count), isQuote: false, isTight: !isFirst),
            Int(tree.nodes[index].end))
    }

    private mutating func isFirstItem(_ index: Int) -> Bool { items.first(beside: index, in: tree) == nil }

    private func isDocBookNote(_ index: Int) -> Bool {
        guard tree.nodes[index].tag == .div, let name = tree.attributeBytes(.class, of: index) else { return false }
        return ["note", "tip", "warning", "caution", "important"].contains { name.elementsEqual($0.utf8) }
    }

    // MARK: Headings and definitions

    private mutating func noteAnchor(_ index: Int) {
        guard pendingAnchor == nil else { return }
        pendingAnchor = anchor(.id, of: index)
        if pendingAnchor == nil, tree.nodes[index].tag == .a { pendingAnchor = anchor(.name, of: index) }
    }

    private func anchor(_ name: AttributeName, of index: Int) -> String? {
        guard let bytes = tree.attributeBytes(name, of: index), bytes.count <= Self.longestAnchor else { return nil }
        return tree.nonEmptyAttribute(name, of: index)
    }

    private mutating func enterHeading(_ index: Int) {
        let end = Int(tree.nodes[index].end)
        let level = tree.nodes[index].tag.headingLevel ?? 6
        // A heading inside of a quote or an item is the title of a note, not a part of the page's outline.
        guard containers.isEmpty else { return enterBold(end) }
        let outer = pendingAnchor
        pendingAnchor = nil
        flush()
        headingAnchor = anchor(.id, of: index) ?? outer ?? innerAnchor(index)
        push(end, .heading(level: level))
    }

    private func innerAnchor(_ index: Int) -> String? {
        for child in index..<Int(tree.nodes[index].end) {
            if let id = anchor(.id, of: child) { return id }
            if tree.nodes[child].tag == .a {
                if let name = anchor(.name, of: child) { return name }
                if survey.isDropped[child], let target = anchor(.href, of: child), target.hasPrefix("#"), target.utf8.count > 1 {
                    return String(target.dropFirst())
                }
            }
        }
        return nil
    }

    private mutating func flushHeading(_ level: Int) {
        var (markdown, text, _) = line.take()
        var anchor = headingAnchor
        headingAnchor = nil
        pendingAnchor = nil
        if readsAttributeLists, let list = HeadingCleaner.attributeList(in: text) {
            text = list.rest
            markdown = HeadingCleaner.attributeList(in: markdown)?.rest ?? markdown
            anchor = list.anchor ?? anchor
        }
        text = HeadingCleaner.cleaned(text)
        markdown = HeadingCleaner.withoutPermalink(markdown)
        guard !text.isEmpty else {
            pendingAnchor = anchor
            return
        }
        let marks = String(repeating: "#", count: level) + " "
        guard text.utf8.count > HeadingCleaner.longest else {
            return emit(.heading(level: level), markdown: marks + markdown, text: text, anchor: anchor)
        }
        let (head, rest) = text.clipped(to: HeadingCleaner.longest)
        emit(.heading(level: level), markdown: marks + Self.escaped(head), text: head, anchor: anchor)
        emit(.paragraph, markdown: Self.escaped(rest), text: rest)
    }

    /// Plain text as Markdown.
    private static func escaped(_ text: String) -> String {
        var line = LineWriter()
        line.append(text.utf8)
        return line.take().markdown
    }

    private mutating func enterTerm(_ index: Int) {
        flush()
        let end = Int(tree.nodes[index].end)
        if isSignature(index) {
            headingAnchor = anchor(.id, of: index)
            push(end, .definition)
        } else if containers.isEmpty, let id = anchor(.id, of: index) {
            headingAnchor = id
            line.open(.strong)
            push(end, .definition)
            push(end, .closeMark)
        } else {
            enterBold(end)
        }
    }

    private func isSignature(_ index: Int) -> Bool { survey.roles[index].contains(.signature) && containers.isEmpty }

    /// Whether the list that a definition is in begins with a signature.
    private mutating func isSignature(besides index: Int) -> Bool { terms.first(beside: index, in: tree).map { isSignature($0) } ?? false }

    private mutating func flushDefinition() {
        let anchor = headingAnchor
        headingAnchor = nil
        pendingAnchor = nil
        let (markdown, text, _) = line.take()
        guard !text.isEmpty else { return }
        let kind = ContentBlock.Kind.definition(depth: min(definitionDepth, Self.maximumDefinitions))
        guard text.utf8.count <= HeadingCleaner.longest else {
            let (head, rest) = text.clipped(to: HeadingCleaner.longest)
            emit(kind, markdown: Self.signature(head), text: head, anchor: anchor)
            return emit(.paragraph, markdown: Self.escaped(rest), text: rest)
        }
        let isBold = markdown.hasPrefix("**")
        // The term keeps what was emphasised or linked in it; the bold is what sets it apart.
        emit(kind, markdown: isBold ? markdown : Self.signature(text), text: text, anchor: anchor)
    }

    private static func signature(_ text: String) -> String {
        let fence = String(repeating: "`", count: text.longestRun(of: "`") + 1)
        return "**\(fence)\(text)\(fence)**"
    }

    // MARK: Emitting

    /// Whether the line that is being written is a heading or a definition, in which links are unwrapped.
    var isInHeading: Bool {
        exits.contains {
            switch $0.exit {
            case .heading, .definition: true
            default: false
            }
        }
    }

    /// Ends the paragraph that is being written.
    mutating func flush() {
        guard !line.isEmpty else {
            _ = line.take()
            return
        }
        let (markdown, text, linked) = line.take()
        let isNavigation = linked > 0 && linked * 10 >= text.utf8.filter { !$0.isHTMLSpace }.count * 7
        emit(.paragraph, markdown: markdown, text: text, fingerprint: isNavigation ? FNV.hash(text.utf8) : nil)
    }

    /// Emits a block with the prefixes of the containers around it.
    mutating func emit(
        _ kind: ContentBlock.Kind, markdown: String, text: String, anchor: String? = nil, fingerprint: UInt64? = nil
    ) {
        if case .heading = kind {} else { pendingAnchor = nil }
        guard !containers.isEmpty else {
            blocks.append(
                ContentBlock(kind: kind, markdown: markdown, text: text, anchor: anchor, navigationFingerprint: fingerprint))
            return
        }
        var first = ""
        var rest = ""
        var shared = ""
        var marker = ""
        var isTight = false
        for index in containers.indices {
            if containers[index].isShared { shared += containers[index].rest }
            first += containers[index].first
            rest += containers[index].rest
            if !containers[index].isQuote {
                marker += containers[index].first
                if containers[index].isTight { isTight = true }
            }
            containers[index].first = containers[index].rest
            containers[index].isTight = false
            containers[index].isShared = true
        }
        let lines = markdown.split(separator: "\n", omittingEmptySubsequences: false)
        let prefixed = lines.enumerated().map { index, line in (index == 0 ? first : line.isEmpty ? rest.trimmingTrail() : rest) + line }
        let gap = shared.trimmingTrail()
        blocks.append(
            ContentBlock(
                kind: kind, markdown: prefixed.joined(separator: "\n"), text: marker.isEmpty ? text : marker + text, anchor: anchor,
                separator: isTight ? "\n" : gap.isEmpty ? "\n\n" : "\n" + gap + "\n", navigationFingerprint: fingerprint))
    }
}

extension String {
    fileprivate func trimmingTrail() -> String {
        var text = self
        while text.last == " " { text.removeLast() }
        return text
    }
}
