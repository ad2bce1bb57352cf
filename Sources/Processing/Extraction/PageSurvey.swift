/// One pass over a parsed page that finds what to leave out and where the content is.
struct PageSurvey {
    /// For each node whether it and its descendants are left out. Only the topmost such node is sure to be marked.
    private(set) var isDropped: [Bool]
    /// The role of each element.
    private(set) var roles: [ElementRole]
    /// For each node how many bytes of visible text, white space not counted, stand before it in the page; one more entry at the end.
    private var visibleBefore: [Int32]
    /// Visible text inside links before each node.
    private var linkedBefore: [Int32]

    /// Headings of the first level before each node, those that are left out not counted.
    private var headingsBefore: [Int32]

    private let tree: HTMLTree

    init(_ tree: HTMLTree) {
        self.tree = tree
        let count = tree.nodes.count
        isDropped = [Bool](repeating: false, count: count)
        roles = [ElementRole](repeating: [], count: count)
        visibleBefore = [Int32](repeating: 0, count: count + 1)
        linkedBefore = [Int32](repeating: 0, count: count + 1)
        headingsBefore = [Int32](repeating: 0, count: count + 1)
        var headings: Int32 = 0
        var visible: Int32 = 0
        var linked: Int32 = 0
        var linkEnd = 0
        var index = 0
        while index < count {
            visibleBefore[index] = visible
            linkedBefore[index] = linked
            headingsBefore[index] = headings
            let node = tree.nodes[index]
            if node.tag == .text {
                let length = tree.text(index).reduce(into: Int32(0)) { if !$1.isHTMLSpace { $0 += 1 } }
                visible += length
                if index < linkEnd { linked += length }
            } else {
                let role = ElementRole(of: index, in: tree)
                roles[index] = role
                if node.tag == .h1, !role.contains(.clutter) { headings += 1 }
                if node.tag == .a { linkEnd = max(linkEnd, Int(node.end)) }
                if node.tag.isInvisible || role.contains(.clutter) || isFurniture(index, role: role) {
                    isDropped[index] = true
                    for skipped in index..<Int(node.end) {
                        visibleBefore[skipped] = visible
                        linkedBefore[skipped] = linked
                        headingsBefore[skipped] = headings
                    }
                    index = Int(node.end)
                    continue
                }
            }
            index += 1
        }
        visibleBefore[count] = visible
        linkedBefore[count] = linked
        headingsBefore[count] = headings
    }

    /// Bytes of visible text in node `index`.
    func visibleText(_ index: Int) -> Int { Int(visibleBefore[Int(tree.nodes[index].end)] - visibleBefore[index]) }

    /// Bytes of visible text in links in node `index`.
    func linkedText(_ index: Int) -> Int { Int(linkedBefore[Int(tree.nodes[index].end)] - linkedBefore[index]) }

    /// The headings of the first level in node `index`.
    func firstHeadings(_ index: Int) -> Int { Int(headingsBefore[Int(tree.nodes[index].end)] - headingsBefore[index]) }

    /// Whether an element is furniture by its tag: an aside that is no note, a header that does not hold the page's title, a form that is
    /// not wrapped around the page.
    private func isFurniture(_ index: Int, role: ElementRole) -> Bool {
        switch tree.nodes[index].tag {
        case .aside:
            return !role.contains(.admonition) && !mentions(index, ["note", "tip", "warning", "caution", "important", "danger", "info"])
        case .header:
            return !(index..<Int(tree.nodes[index].end)).contains { tree.nodes[$0].tag == .h1 }
        case .form:
            return !((index + 1)..<Int(tree.nodes[index].end)).contains { tree.nodes[$0].tag.headingLevel != nil }
        case .ul, .ol, .div, .p:
            return listsOwnAnchors(index)
        default: return false
        }
    }

    private func mentions(_ index: Int, _ words: Set<String>) -> Bool {
        guard let value = tree.attribute(.class, of: index) else { return false }
        return value.split(separator: " ").contains { words.contains(String($0)) }
    }

    /// Whether a list is a table of contents of its own page: at least three links, all to fragments, and hardly any other text.
    private func listsOwnAnchors(_ index: Int) -> Bool {
        let node = tree.nodes[index]
        // A block such as a page's body has too many nodes to be a table of contents, and looking into each ancestor would be quadratic.
        guard node.tag != .p, Int(node.end) - index > 6, Int(node.end) - index < 4000 else { return false }
        if node.tag == .div {
            // A box around a list, with at most a caption: decided by the list, unless the class says it itself.
            guard mentions(index, ["toc", "contents", "local-toc", "page-toc"]) else { return false }
        }
        var links = 0
        var linked = 0
        var other = 0
        var position = index + 1
        while position < Int(node.end) {
            let child = tree.nodes[position]
            switch child.tag {
            case .a:
                guard let target = tree.attributeBytes(.href, of: position), target.first == UInt8(ascii: "#") else { return false }
                links += 1
                linked += tree.collapsedText(position).utf8.count
                position = Int(child.end)
            case .text:
                other += tree.text(position).reduce(into: 0) { if !$1.isHTMLSpace { $0 += 1 } }
                // Prose with a few links is no table of contents: stop early.
                if other > 200, other > linked { return false }
                position += 1
            case .p where node.tag != .div, .pre, .table, .dl: return false
            default: position += 1
            }
        }
        return links >= 3 && other * 5 <= linked
    }
}
