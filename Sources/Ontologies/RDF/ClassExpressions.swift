/// Classes and properties without a name, in words: `continuant or process`.
struct ClassExpressions {
    let nodes: [StatementCollector.Node]
    let ids: [String]

    /// Deeper parts and longer lists are left out.
    private static let depth = 4
    private static let members = 20
    /// Links of a node that are looked at.
    private static let links = 100

    /// What is left for one expression: lists within lists, or a ring of them, would make it exponentially longer than the file.
    private struct Budget {
        var parts = 400
        var bytes = 4096
    }

    /// The identifier of a named resource, or what an unnamed one is made of.
    func text(_ index: Int) -> String {
        guard nodes[index].isBlank else { return ids[index] }
        var budget = Budget()
        return text(index, 0, &budget)
    }

    private func text(_ index: Int, _ depth: Int, _ budget: inout Budget) -> String {
        budget.parts -= 1
        guard budget.parts >= 0 else { return "…" }
        guard nodes[index].isBlank else {
            budget.bytes -= ids[index].utf8.count
            return budget.bytes >= 0 ? ids[index] : "…"
        }
        guard depth < Self.depth else { return "…" }
        let links = nodes[index].links.prefix(Self.links)
        for link in links {
            switch link.property {
            case .union: return list(link.target, " or ", depth, &budget)
            case .intersection: return list(link.target, " and ", depth, &budget)
            case .complement: return "not " + text(link.target, depth + 1, &budget)
            case .inverse: return "inverse of " + text(link.target, depth + 1, &budget)
            case .restrictionProperty:
                let property = text(link.target, depth + 1, &budget)
                let filler = links.first { $0.property == .restrictionFiller }
                return "\(property) some \(filler.map { text($0.target, depth + 1, &budget) } ?? "thing")"
            default: continue
            }
        }
        return "…"
    }

    /// The members of an RDF list, which may be a ring.
    private func list(_ head: Int, _ separator: String, _ depth: Int, _ budget: inout Budget) -> String {
        var texts: [String] = []
        var place: Int? = head
        while let index = place, texts.count < Self.members, budget.parts > 0 {
            let links = nodes[index].links.prefix(Self.links)
            guard let member = links.first(where: { $0.property == .first }) else { break }
            texts.append(text(member.target, depth + 1, &budget))
            place = links.first { $0.property == .rest }?.target
        }
        return texts.joined(separator: separator)
    }
}
