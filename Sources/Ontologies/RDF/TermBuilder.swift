/// Makes terms from the statements of a file.
struct TermBuilder {
    private let nodes: [StatementCollector.Node]
    private let statements: Int
    private let naming: TermNaming

    init(_ collector: StatementCollector) {
        nodes = collector.nodes
        statements = collector.count
        naming = TermNaming(prefixes: collector.prefixes)
    }

    func ontology(_ format: OntologyFormat) -> Ontology {
        var ontology = Ontology(format: format)
        ontology.statements = statements
        describe(&ontology)
        var taken: [String: Int] = [:]
        var ids = nodes.map { $0.isBlank ? "" : naming.id($0.name) }
        for (index, node) in nodes.enumerated() where !node.isBlank && kind(node) != nil {
            // Two IRIs with one short form: the second keeps its IRI as identifier.
            if taken.updateValue(index, forKey: ids[index]) != nil { ids[index] = node.name }
        }
        var children: [(parent: Int, child: Int)] = []
        for (index, node) in nodes.enumerated() where !node.isBlank {
            guard let kind = kind(node) else { continue }
            ontology.terms.append(term(index, kind, ids))
            for link in node.links where link.property == .narrower { children.append((index, link.target)) }
        }
        if !children.isEmpty {
            let places = Dictionary(ontology.terms.enumerated().map { ($1.id, $0) }) { first, _ in first }
            // The parents of each term that one above it names, by place.
            var known: [Int: Set<String>] = [:]
            for (parent, child) in children {
                guard let place = places[ids[child]],
                    known[place, default: Set(ontology.terms[place].parents)].insert(ids[parent]).inserted
                else { continue }
                ontology.terms[place].parents.append(ids[parent])
            }
        }
        return ontology
    }

    private func kind(_ node: StatementCollector.Node) -> Term.Kind? {
        if node.types.contains(.concept) { return .concept }
        if !node.types.isDisjoint(with: .properties) { return .property }
        return node.types.contains(.individual) ? .individual : nil
    }

    // MARK: - The ontology

    private func describe(_ ontology: inout Ontology) {
        guard let node = nodes.first(where: { $0.types.contains(.ontology) }) ?? nodes.first(where: { $0.types.contains(.scheme) }) else {
            return
        }
        func text(_ properties: Property...) -> String {
            for property in properties {
                if let best = best(node, property) { return best.value }
                if let link = node.links.first(where: { $0.property == property }) { return nodes[link.target].name }
            }
            return ""
        }
        ontology.iri = node.isBlank ? "" : node.name
        ontology.title = text(.title, .label)
        ontology.description = text(.description, .comment)
        ontology.version = text(.version, .versionIRI)
        ontology.license = text(.license)
    }

    // MARK: - Terms

    private func term(_ index: Int, _ kind: Term.Kind, _ ids: [String]) -> Term {
        let node = nodes[index]
        var term = Term(id: ids[index], iri: node.name, kind: kind)
        for (type, declaration): (Property.Types, Term.Declarations) in [
            (.objectProperty, .objectProperty), (.annotationProperty, .annotationProperty), (.plainProperty, .plainProperty),
        ] where node.types.contains(type) { term.declarations.insert(declaration) }
        if let label = best(node, .label) {
            term.label = label.value
            for text in node.texts where text.property == .label && text.value != label.value && !text.language.isEmpty {
                term.translations.append(Term.Translation(language: text.language, text: text.value))
            }
        }
        let definitions: [Property] = [.definition, .skosDefinition, .elucidation, .description, .comment]
        let chosen = definitions.first { best(node, $0) != nil }
        if let chosen { term.definition = best(node, chosen)?.value ?? "" }
        if chosen != .comment { term.comment = best(node, .comment)?.value ?? "" }
        for text in node.texts { add(text, to: &term) }
        for link in node.links { add(link, to: &term, ids) }
        term.translations.sort { ($0.language, $0.text) < ($1.language, $1.text) }
        return term
    }

    private func add(_ text: StatementCollector.Text, to term: inout Term) {
        switch text.property {
        case .exactSynonym: term.synonyms.append(Term.Synonym(text.value, .exact))
        case .alternativeLabel: term.synonyms.append(Term.Synonym(text.value, .alternative))
        case .narrowSynonym: term.synonyms.append(Term.Synonym(text.value, .narrow))
        case .broadSynonym: term.synonyms.append(Term.Synonym(text.value, .broad))
        case .relatedSynonym: term.synonyms.append(Term.Synonym(text.value, .related))
        case .deprecated: term.isObsolete = text.value == "true" || text.value == "1"
        case .replacedBy: term.replacedBy.append(naming.id(text.value))
        case .consider: term.consider.append(naming.id(text.value))
        case .namespace: term.namespace = text.value
        case .alternativeID: term.alternativeIDs.append(text.value)
        case .crossReference: term.crossReferences.append(text.value)
        default: break
        }
    }

    private func add(_ link: StatementCollector.Link, to term: inout Term, _ ids: [String]) {
        let target = nodes[link.target]
        switch link.property {
        case .parent where target.isBlank:
            let expressions = ClassExpressions(nodes: nodes, ids: ids)
            guard let property = first(.restrictionProperty, of: link.target) else {
                term.relations.append(Term.Relation(property: "rdfs:subClassOf", target: expressions.text(link.target)))
                return
            }
            let filler = first(.restrictionFiller, of: link.target)
            term.relations.append(
                Term.Relation(property: expressions.text(property), target: filler.map { expressions.text($0) } ?? "anything"))
        case .parent: term.parents.append(ids[link.target])
        case .inverse where !target.isBlank: term.relations.append(Term.Relation(property: "owl:inverseOf", target: ids[link.target]))
        case .relation(let iri) where !target.isBlank:
            term.relations.append(Term.Relation(property: naming.id(iri), target: ids[link.target]))
        case .replacedBy where !target.isBlank: term.replacedBy.append(ids[link.target])
        case .consider where !target.isBlank: term.consider.append(ids[link.target])
        case .namespace where !target.isBlank: term.namespace = ids[link.target]
        case .crossReference where !target.isBlank: term.crossReferences.append(ids[link.target])
        default: break
        }
    }

    private func first(_ property: Property, of index: Int) -> Int? {
        nodes[index].links.first { $0.property == property }?.target
    }

    /// The text of a property that most readers can read: English, then without a language, then by the tag.
    private func best(_ node: StatementCollector.Node, _ property: Property) -> StatementCollector.Text? {
        func rank(_ language: String) -> (Int, String) {
            (language == "en" || language.hasPrefix("en-") ? 0 : language.isEmpty ? 1 : 2, language)
        }
        var best: StatementCollector.Text?
        for text in node.texts where text.property == property && !text.value.isEmpty {
            if let found = best, rank(found.language) <= rank(text.language) { continue }
            best = text
        }
        return best
    }
}
