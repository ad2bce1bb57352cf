extension Ontology {
    /// Orders the terms, drops repeats, cuts what is too long, and notes what does not fit together.
    mutating func finish() {
        for index in terms.indices where terms[index].label.utf8.count > OntologyLimits.label { cutLabel(index) }
        order()
        let numbers = dropRepeats()
        // Looked up once for both.
        let parents = terms.indices.map { index in terms[index].parents.map { numbers[$0] ?? -1 } }
        noteDanglingParents(parents)
        noteCycles(parents)
    }

    /// By kind, then by identifier, in the order of the file where these are equal.
    private mutating func order() {
        let keys = terms.indices.map { OrderKey(terms[$0], at: $0) }
        func isBefore(_ left: OrderKey, _ right: OrderKey) -> Bool {
            if left.head != right.head { return left.head < right.head }
            let (first, second) = (terms[left.index].id.utf8, terms[right.index].id.utf8)
            return first.elementsEqual(second) ? left.index < right.index : first.lexicographicallyPrecedes(second)
        }
        if zip(keys, keys.dropFirst()).allSatisfy(isBefore) { return }
        Self.permute(&terms, by: keys.sorted(by: isBefore).map(\.index))
    }

    /// Moves the terms along the cycles of a permutation, which gives for each place where its term is: a copy would count the references of every field.
    private static func permute(_ terms: inout [Term], by order: [Int]) {
        var order = order
        var moving = terms.mutableSpan
        for start in order.indices {
            var place = start
            while order[place] != start {
                let from = order[place]
                moving.swapAt(place, from)
                order[place] = place
                place = from
            }
            order[place] = place
        }
    }

    /// Keeps the first term of each identifier; returns where each is.
    private mutating func dropRepeats() -> [String: Int] {
        var numbers: [String: Int] = [:]
        numbers.reserveCapacity(terms.count)
        var kept = 0
        for index in terms.indices {
            let id = terms[index].id
            if let first = numbers.updateValue(kept, forKey: id) {
                numbers[id] = first
                note("E_TERM_TWICE", line: nil, "The identifier \(id.prefix(100)) is used twice; the first stays.")
            } else {
                if kept != index { terms.swapAt(kept, index) }
                kept += 1
            }
        }
        terms.removeSubrange(kept...)
        return numbers
    }

    private mutating func cutLabel(_ index: Int) {
        let label = terms[index].label
        let cut = String(label.unicodeScalars.prefix(OntologyLimits.label))
        guard cut.utf8.count < label.utf8.count else { return }
        terms[index].label = cut
        note("E_TERM_LABEL", line: nil, "The label of \(terms[index].id.prefix(100)) was cut to \(OntologyLimits.label) characters.")
    }

    /// A parent of another ontology is no mistake: only those that this one would hold.
    private mutating func noteDanglingParents(_ parents: [[Int]]) {
        for index in terms.indices {
            for (number, parent) in zip(parents[index], terms[index].parents) where number < 0 {
                guard parent.prefix(while: { $0 != ":" }) == terms[index].id.prefix(while: { $0 != ":" }) else { continue }
                note(
                    "E_TERM_PARENT", line: nil,
                    "\(terms[index].id.prefix(100)) has a parent that the file does not hold: \(parent.prefix(100)).")
            }
        }
    }

    /// Takes away terms without parents and terms without children until none is left: what remains is on a cycle or between two.
    private mutating func noteCycles(_ numbers: [[Int]]) {
        let parents = numbers.map { $0.filter { $0 >= 0 } }
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
