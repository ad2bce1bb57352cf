/// Classes and properties without a name, in words: `continuant or process`.
struct ClassExpressions {
    let nodes: [StatementCollector.Node]
    let ids: [String]

    /// Deeper parts and longer lists are left out.
    private static let depth = 4
    private static let members = 20

    /// The identifier of a named resource, or what an unnamed one is made of.
    func text(_ index: Int, depth: Int = 0) -> String {
        guard nodes[index].isBlank else { return ids[index] }
        guard depth < Self.depth else { return "…" }
        for link in nodes[index].links {
            switch link.property {
            case .union: return list(link.target, " or ", depth)
            case .intersection: return list(link.target, " and ", depth)
            case .complement: return "not " + text(link.target, depth: depth + 1)
            case .inverse: return "inverse of " + text(link.target, depth: depth + 1)
            case .restrictionProperty:
                let filler = nodes[index].links.first { $0.property == .restrictionFiller }
                return "\(text(link.target, depth: depth + 1)) some \(filler.map { text($0.target, depth: depth + 1) } ?? "thing")"
            default: continue
            }
        }
        return "…"
    }

    /// The members of an RDF list, which may be a ring.
    private func list(_ head: Int, _ separator: String, _ depth: Int) -> String {
        var texts: [String] = []
        var place: Int? = head
        while let index = place, texts.count < Self.members {
            guard let member = nodes[index].links.first(where: { $0.property == .first }) else { break }
            texts.append(text(member.target, depth: depth + 1))
            place = nodes[index].links.first { $0.property == .rest }?.target
        }
        return texts.joined(separator: separator)
    }
}
