import FoundationEssentials

/// Reads OBO graphs in JSON: nodes and edges of one or more graphs.
enum OBOGraphReader {
    private struct Document: Decodable { let graphs: [Graph] }

    private struct Graph: Decodable {
        let id: String?
        let lbl: String?
        let meta: Meta?
        let nodes: [Node]?
        let edges: [Edge]?
    }

    private struct Node: Decodable {
        let id: String
        let lbl: String?
        let type: String?
        let meta: Meta?
    }

    private struct Edge: Decodable { let sub, pred, obj: String }

    private struct Meta: Decodable {
        let definition: Value?
        let comments: [String]?
        let synonyms: [Value]?
        let xrefs: [Value]?
        let basicPropertyValues: [Value]?
        let version: String?
        let deprecated: Bool?
    }

    private struct Value: Decodable {
        let pred: String?
        let val: String?
    }

    static func read(_ bytes: [UInt8], limits: OntologyLimits) throws(OntologyError) -> Ontology {
        let document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(bytes))
        } catch {
            throw OntologyError(.syntax, "The file is not a valid OBO graph in JSON.")
        }
        let naming = TermNaming(prefixes: [:])
        var ontology = Ontology(format: .oboGraph)
        var numbers: [String: Int] = [:]
        for graph in document.graphs {
            if ontology.iri.isEmpty { describe(&ontology, graph) }
            for node in graph.nodes ?? [] {
                guard !node.id.isEmpty else {
                    ontology.note("E_TERM_ID", line: nil, "A node has no id and was left out.")
                    continue
                }
                // Nodes without a type are only pointed at, or declare a kind of synonym.
                guard node.type != nil, numbers[node.id] == nil else { continue }
                try limits.checkRoom(after: ontology.terms.count)
                numbers[node.id] = ontology.terms.count
                ontology.terms.append(term(node, naming))
            }
            for edge in graph.edges ?? [] {
                guard let number = numbers[edge.sub] else { continue }
                switch edge.pred {
                case "is_a", "subPropertyOf": ontology.terms[number].parents.append(naming.id(edge.obj))
                default:
                    ontology.terms[number].relations.append(Term.Relation(property: naming.id(edge.pred), target: naming.id(edge.obj)))
                }
            }
        }
        return ontology
    }

    private static func describe(_ ontology: inout Ontology, _ graph: Graph) {
        ontology.iri = graph.id ?? ""
        ontology.version = graph.meta?.version ?? ""
        func value(_ name: String) -> String? {
            graph.meta?.basicPropertyValues?.first { $0.pred?.hasSuffix("/" + name) == true }?.val
        }
        ontology.title = graph.lbl ?? value("title") ?? ""
        ontology.description = value("description") ?? ""
        ontology.license = value("license") ?? ""
    }

    private static func term(_ node: Node, _ naming: TermNaming) -> Term {
        let kind: Term.Kind =
            switch node.type {
            case "PROPERTY": .property
            case "INDIVIDUAL": .individual
            default: .concept
            }
        var term = Term(id: naming.id(node.id), iri: node.id, kind: kind)
        term.label = node.lbl ?? ""
        term.definition = node.meta?.definition?.val ?? ""
        term.comment = node.meta?.comments?.joined(separator: "\n") ?? ""
        term.isObsolete = node.meta?.deprecated ?? false
        term.crossReferences = node.meta?.xrefs?.compactMap(\.val) ?? []
        for synonym in node.meta?.synonyms ?? [] {
            guard let text = synonym.val else { continue }
            let scope = Term.Synonym.Scope.allCases.first { synonym.pred?.lowercased().contains($0.rawValue) == true }
            term.synonyms.append(Term.Synonym(text, scope ?? .related))
        }
        for property in node.meta?.basicPropertyValues ?? [] {
            guard let value = property.val, let name = property.pred else { continue }
            if name.hasSuffix("#hasOBONamespace") {
                term.namespace = value
            } else if name.hasSuffix("#hasAlternativeId") {
                term.alternativeIDs.append(value)
            } else if name.hasSuffix("IAO_0100001") {
                term.replacedBy.append(naming.id(value))
            } else if name.hasSuffix("#consider") {
                term.consider.append(naming.id(value))
            }
        }
        return term
    }
}
