internal import Digests

/// The pages of an ontology as Markdown: one for each term, and one that introduces them.
///
/// Pure: the same term among the same neighbours gives the same page, so that only terms that changed, or whose neighbours were renamed,
/// have a new checksum.
package struct TermPages: Sendable {
    package let ontology: Ontology
    private let numbers: [String: Int]

    /// Raised whenever the same term would give another page.
    package static let revision = 1
    /// Entries of one list on a page.
    private static let longestList = 100

    package init(_ ontology: Ontology) {
        self.ontology = ontology
        numbers = Dictionary(ontology.terms.enumerated().map { ($1.id, $0) }) { first, _ in first }
    }

    /// The page of a term: label, definition, every other name of it, its place among the others.
    package func page(of term: Term) -> String {
        var page = "# \(MarkdownText.escaped(term.title))\n"
        func add(_ paragraph: String) { page += "\n\(paragraph)\n" }
        if term.isObsolete { add(obsolescence(term)) }
        if !term.definition.isEmpty { add(MarkdownText.paragraph(term.definition)) }
        let names = names(of: term)
        if !names.isEmpty { add("Also called: \(names).") }
        if !term.comment.isEmpty { add(MarkdownText.paragraph(term.comment)) }
        var facts = ["Identifier: \(MarkdownText.escaped(term.id)), \(MarkdownText.link(term.iri, term.iri))"]
        if !term.namespace.isEmpty { facts.append("Namespace: \(MarkdownText.escaped(term.namespace))") }
        if !term.parents.isEmpty { facts.append("Is a: \(links(term.parents))") }
        for (property, targets) in relations(of: term) { facts.append("\(MarkdownText.escaped(property)): \(links(targets))") }
        if !term.alternativeIDs.isEmpty { facts.append("Other identifiers: \(list(term.alternativeIDs))") }
        if !term.crossReferences.isEmpty { facts.append("See also: \(list(term.crossReferences))") }
        // One paragraph: a line of its own that is mostly links and the same on many pages would be taken for navigation.
        add(facts.joined(separator: "\\\n"))
        return page
    }

    /// SHA-256 of a page and of the way it was made, 64 hexadecimal digits.
    package static func checksum(_ page: String) -> String {
        var digest = SHA256()
        digest.update("terms-\(revision)\n")
        digest.update(page)
        return digest.finalize().hexadecimal
    }

    /// The page that introduces the ontology.
    ///
    /// - Parameter name: stands for the title when the file has none.
    package func introduction(name: String, license: String? = nil) -> String {
        let title = ontology.title.isEmpty ? (ontology.iri.isEmpty ? name : ontology.iri) : ontology.title
        var page = "# \(MarkdownText.escaped(title))\n"
        if !ontology.description.isEmpty { page += "\n\(MarkdownText.paragraph(ontology.description))\n" }
        var facts: [String] = []
        if !ontology.version.isEmpty { facts.append("Version: \(MarkdownText.escaped(ontology.version))") }
        let rights = ontology.license.isEmpty ? license ?? "" : ontology.license
        if !rights.isEmpty { facts.append("License: \(MarkdownText.link(rights, rights))") }
        let concepts = ontology.terms.filter { $0.kind == .concept }
        facts.append("Terms: \(concepts.count), of which \(concepts.count { $0.isObsolete }) are obsolete")
        facts.append("Relations: \(ontology.terms.count { $0.kind == .property })")
        page += "\n" + facts.map { "- \($0)\n" }.joined()
        let roots = concepts.filter { term in !term.isObsolete && !term.parents.contains { numbers[$0] != nil } }
        if !roots.isEmpty {
            page += "\nTerms at the top: \(links(roots.map(\.id)))\n"
        }
        if ontology.problemCount > 0 {
            page += "\nProblems of the file: \(ontology.problemCount)\n\n"
            for problem in ontology.problems.prefix(20) {
                let place = problem.line.map { "line \($0): " } ?? ""
                page += "- \(problem.code), \(place)\(MarkdownText.escaped(problem.message))\n"
            }
        }
        return page
    }

    // MARK: - Parts

    private func obsolescence(_ term: Term) -> String {
        var text = "**Obsolete.**"
        if !term.replacedBy.isEmpty { text += " Use instead: \(links(term.replacedBy))." }
        if !term.consider.isEmpty { text += " Consider: \(links(term.consider))." }
        return text
    }

    /// Synonyms and labels of other languages, exact ones first, each once.
    private func names(of term: Term) -> String {
        var seen: Set<String> = [term.label]
        var names: [String] = []
        for scope in Term.Synonym.Scope.allCases {
            for synonym in term.synonyms where synonym.scope == scope && seen.insert(synonym.text).inserted {
                names.append(MarkdownText.escaped(synonym.text) + (scope == .exact || scope == .alternative ? "" : " (\(scope.rawValue))"))
            }
        }
        for translation in term.translations where seen.insert(translation.text).inserted {
            names.append("\(MarkdownText.escaped(translation.text)) (\(MarkdownText.escaped(translation.language)))")
        }
        return names.prefix(Self.longestList).joined(separator: "; ")
    }

    /// Targets by the label of their relation, in the order of the file.
    private func relations(of term: Term) -> [(property: String, targets: [String])] {
        var groups: [(property: String, targets: [String])] = []
        for relation in term.relations {
            if let index = groups.firstIndex(where: { $0.property == relation.property }) {
                groups[index].targets.append(relation.target)
            } else {
                groups.append((relation.property, [relation.target]))
            }
        }
        return groups.map { (name(of: $0.property), $0.targets) }
    }

    private func name(of id: String) -> String { numbers[id].map { ontology.terms[$0].title } ?? id }

    private func links(_ ids: [String]) -> String {
        var links = ids.prefix(Self.longestList).map { id in
            guard let number = numbers[id] else { return MarkdownText.link(id, id) }
            return MarkdownText.link(ontology.terms[number].title, ontology.terms[number].iri)
        }
        if ids.count > Self.longestList { links.append("and \(ids.count - Self.longestList) more") }
        return links.joined(separator: ", ")
    }

    private func list(_ texts: [String]) -> String {
        var list = texts.prefix(Self.longestList).map { MarkdownText.escaped($0) }
        if texts.count > Self.longestList { list.append("and \(texts.count - Self.longestList) more") }
        return list.joined(separator: ", ")
    }
}
