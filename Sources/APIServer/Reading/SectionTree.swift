import Domain

/// The sections of a documentation as a tree: pages below the nearest page above them in the path, sections below their page.
struct SectionTree: Sendable {
    /// A section with what lies below it.
    struct Node: Sendable {
        let section: Section
        var children: [Node] = []
        /// Sections below that the depth left out.
        var hidden = 0
    }

    /// The nodes at the top, ordered by path.
    let nodes: [Node]
    /// Nodes in all.
    let count: Int
    /// Whether the limit left out nodes that the depth would show, or there are more sections than the tree was made from.
    let isCut: Bool

    /// Builds the tree.
    ///
    /// - Parameters:
    ///   - sections: ordered by page and position.
    ///   - isComplete: whether there are no others.
    ///   - path: keeps what is at or below this path; nil keeps all.
    ///   - depth: levels, at least 1.
    ///   - limit: what all nodes may weigh together; deeper ones are left out first, and one stays always.
    ///   - weight: of a node; at least 1.
    init(
        _ sections: [Section], isComplete: Bool = true, path: String? = nil, depth: Int, limit: Int = .max,
        weight: (Section) -> Int = { _ in 1 }
    ) {
        let kept = path.map { path in sections.filter { Self.isAtOrBelow($0.path, Self.key(path)) } } ?? sections
        let pages = Set(kept.map(\.path))
        var keys: [String: String] = [:]
        // Where `/docs` and `/docs/index.html` are both there, the shorter one stands for the folder.
        for section in kept where section.parentPath == nil {
            let key = Self.key(section.path)
            keys[key] = min(keys[key] ?? section.path, section.path)
        }
        var below: [String: [Section]] = [:]
        var top: [Section] = []
        for section in kept {
            if let parent = Self.parent(of: section, pages: pages, keys: keys) {
                below[parent, default: []].append(section)
            } else {
                top.append(section)
            }
        }
        var levels = max(1, depth)
        while levels > 1, Self.sum(top, below, levels, weight) > limit { levels -= 1 }
        var left = limit
        let fitting = top.prefix { section in
            left -= weight(section)
            return left >= 0
        }
        // Cut at the top only when nothing is shown below it.
        let shown = levels > 1 ? top[...] : fitting.isEmpty ? top.prefix(1) : fitting
        nodes = shown.map { Self.node($0, below, levels) }
        count = Self.sum(Array(shown), below, levels) { _ in 1 }
        isCut = !isComplete || levels < max(1, depth) || shown.count < top.count
    }

    private static func node(_ section: Section, _ below: [String: [Section]], _ levels: Int) -> Node {
        let children = below[section.path] ?? []
        guard levels > 1 else { return Node(section: section, hidden: children.count) }
        return Node(section: section, children: children.map { node($0, below, levels - 1) })
    }

    private static func sum(
        _ sections: [Section], _ below: [String: [Section]], _ levels: Int, _ weight: (Section) -> Int
    ) -> Int {
        sections.reduce(0) { $0 + weight($1) + (levels > 1 ? sum(below[$1.path] ?? [], below, levels - 1, weight) : 0) }
    }

    private static func parent(of section: Section, pages: Set<String>, keys: [String: String]) -> String? {
        if let page = section.parentPath { return pages.contains(page) ? page : nil }
        var key = key(section.path)
        if let own = keys[key], own != section.path { return own }
        while key != "/" {
            let cut = key.lastIndex(of: "/") ?? key.startIndex
            key = cut == key.startIndex ? "/" : String(key[..<cut])
            if let page = keys[key] { return page }
        }
        return nil
    }

    /// The path of the folder that a page stands for: its own, or the one of which it is the index.
    private static func key(_ path: String) -> String {
        var key = path[...]
        for name in ["/index.html", "/index.htm", "/index.md"] where key.hasSuffix(name) { key = key.dropLast(name.count) }
        while key.hasSuffix("/") { key = key.dropLast() }
        return key.isEmpty ? "/" : String(key)
    }

    private static func isAtOrBelow(_ path: String, _ folder: String) -> Bool {
        guard folder != "/" else { return true }
        guard path.hasPrefix(folder) else { return false }
        guard let next = path.dropFirst(folder.count).first else { return true }
        return next == "/" || next == "#"
    }
}
