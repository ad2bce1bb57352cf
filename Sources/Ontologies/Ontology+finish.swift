extension Ontology {
    /// Orders the terms, drops repeats, cuts what is too long, and notes what does not fit together.
    mutating func finish() {
        for index in terms.indices where terms[index].label.utf8.count > OntologyLimits.label { cutLabel(index) }
        if !isOrdered {
            // Numbered, so that the first of two terms with one identifier stays the first.
            let order = terms.indices.sorted { left, right in
                (terms[left].kind, terms[left].id, left) < (terms[right].kind, terms[right].id, right)
            }
            terms = order.map { terms[$0] }
        }
        var numbers: [String: Int] = [:]
        numbers.reserveCapacity(terms.count)
        var repeated: Set<Int> = []
        for (index, term) in terms.enumerated() {
            if numbers[term.id] == nil {
                numbers[term.id] = index
            } else {
                repeated.insert(index)
                note("E_TERM_TWICE", line: nil, "The identifier \(term.id.prefix(100)) is used twice; the first stays.")
            }
        }
        if !repeated.isEmpty {
            terms = terms.indices.filter { !repeated.contains($0) }.map { terms[$0] }
            numbers = Dictionary(uniqueKeysWithValues: terms.enumerated().map { ($1.id, $0) })
        }
        noteDanglingParents(numbers)
        noteCycles(numbers)
    }

    private var isOrdered: Bool {
        guard terms.count > 1 else { return true }
        return (1..<terms.count).allSatisfy { (terms[$0 - 1].kind, terms[$0 - 1].id) < (terms[$0].kind, terms[$0].id) }
    }

    private mutating func cutLabel(_ index: Int) {
        let label = terms[index].label
        let cut = String(label.unicodeScalars.prefix(OntologyLimits.label))
        guard cut.utf8.count < label.utf8.count else { return }
        terms[index].label = cut
        note("E_TERM_LABEL", line: nil, "The label of \(terms[index].id.prefix(100)) was cut to \(OntologyLimits.label) characters.")
    }

    /// A parent of another ontology is no mistake: only those that this one would hold.
    private mutating func noteDanglingParents(_ numbers: [String: Int]) {
        for index in terms.indices {
            for parent in terms[index].parents where numbers[parent] == nil {
                guard parent.prefix(while: { $0 != ":" }) == terms[index].id.prefix(while: { $0 != ":" }) else { continue }
                note(
                    "E_TERM_PARENT", line: nil,
                    "\(terms[index].id.prefix(100)) has a parent that the file does not hold: \(parent.prefix(100)).")
            }
        }
    }

    /// Takes away terms without parents and terms without children until none is left: what remains is on a cycle or between two.
    private mutating func noteCycles(_ numbers: [String: Int]) {
        let parents = terms.map { $0.parents.compactMap { numbers[$0] } }
        var children = [[Int]](repeating: [], count: terms.count)
        for (child, list) in parents.enumerated() { for parent in list { children[parent].append(child) } }
        var remains = [Bool](repeating: true, count: terms.count)
        for (towards, from) in [(parents, children), (children, parents)] {
            var open = towards.indices.map { index in towards[index].count { remains[$0] } }
            var free = towards.indices.filter { remains[$0] && open[$0] == 0 }
            while let index = free.popLast() {
                remains[index] = false
                for next in from[index] where remains[next] {
                    open[next] -= 1
                    if open[next] == 0 { free.append(next) }
                }
            }
        }
        for index in terms.indices where remains[index] {
            note("E_TERM_CYCLE", line: nil, "\(terms[index].id.prefix(100)) is above and below itself.")
        }
    }
}
