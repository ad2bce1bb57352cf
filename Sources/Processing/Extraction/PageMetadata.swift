/// What a page says about itself outside of its content.
struct PageMetadata {
    var title: String?
    var canonical: String?
    var language: String?
    var isExcludedFromIndex = false
    var isExcludedFromFollowing = false
    /// What relative links are relative to.
    var base: URLReference?
    var links: [String] = []
    /// Links beyond these are left out: no page that anybody reads has as many.
    static let maximumLinks = 20_000
    /// Whether links were left out.
    var isMissingLinks = false

    init(_ tree: HTMLTree, url: String) {
        base = URLReference(url)
        if let index = tree.nodes.indices.first(where: { tree.nodes[$0].tag == .base }),
            let target = tree.attributeBytes(.href, of: index), let resolved = base?.resolving(target), resolved.isWeb
        {
            base = resolved
        }
        var seen: Set<String> = []
        // Navigation repeats its links; resolving is what costs.
        var seenReferences: Set<UInt64> = []
        for (index, node) in tree.nodes.enumerated() {
            switch node.tag {
            case .html: language = language ?? tree.nonEmptyAttribute(.lang, of: index) ?? tree.nonEmptyAttribute(.xmlLang, of: index)
            case .title: title = title ?? tree.collapsedText(index)
            case .link: readLink(index, tree)
            case .meta: readMeta(index, tree)
            case .a:
                guard !isMissingLinks, let target = tree.attributeBytes(.href, of: index), !target.isEmpty,
                    target.first != UInt8(ascii: "#"),
                    seenReferences.insert(FNV.hash(target)).inserted, var link = base?.resolving(target), link.isWeb
                else { continue }
                link.fragment = nil
                if link.path.isEmpty { link.path = "/" }
                let text = link.text
                guard seen.insert(text).inserted else { continue }
                isMissingLinks = links.count == Self.maximumLinks
                if !isMissingLinks { links.append(text) }
            default: break
            }
        }
    }

    private mutating func readLink(_ index: Int, _ tree: HTMLTree) {
        guard canonical == nil, tree.attribute(.rel, of: index)?.lowercased() == "canonical",
            let target = tree.attributeBytes(.href, of: index), !target.isEmpty
        else { return }
        canonical = base?.resolving(target).text
    }

    private mutating func readMeta(_ index: Int, _ tree: HTMLTree) {
        guard tree.attribute(.name, of: index)?.lowercased() == "robots", let content = tree.attribute(.content, of: index)?.lowercased()
        else { return }
        let words = content.split { $0 == "," || $0 == " " }
        if words.contains("noindex") || words.contains("none") { isExcludedFromIndex = true }
        if words.contains("nofollow") || words.contains("none") { isExcludedFromFollowing = true }
    }
}
