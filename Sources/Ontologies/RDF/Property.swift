/// The properties of RDF that say something about terms.
enum Property: Sendable {
    case type
    case label, alternativeLabel, exactSynonym, narrowSynonym, broadSynonym, relatedSynonym
    case definition, skosDefinition, elucidation, description, comment
    case inverse, parent, narrower, restrictionProperty, restrictionFiller, relation(String)
    case union, intersection, complement, first, rest
    case deprecated, replacedBy, consider, namespace, alternativeID, crossReference, identifier
    case title, versionIRI, version, license

    init?(iri: String) {
        guard let property = Self.table[iri] else { return nil }
        self = property
    }

    private static let owl = "http://www.w3.org/2002/07/owl#"
    private static let rdf = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    private static let rdfs = "http://www.w3.org/2000/01/rdf-schema#"
    private static let skos = "http://www.w3.org/2004/02/skos/core#"
    private static let terms = "http://purl.org/dc/terms/"
    private static let elements = "http://purl.org/dc/elements/1.1/"
    private static let oboInOwl = "http://www.geneontology.org/formats/oboInOwl#"
    private static let obo = "http://purl.obolibrary.org/obo/"

    private static let table: [String: Property] = [
        rdf + "type": .type,
        rdfs + "label": .label, skos + "prefLabel": .label,
        skos + "altLabel": .alternativeLabel, skos + "hiddenLabel": .relatedSynonym, obo + "IAO_0000118": .relatedSynonym,
        oboInOwl + "hasExactSynonym": .exactSynonym, oboInOwl + "hasNarrowSynonym": .narrowSynonym,
        oboInOwl + "hasBroadSynonym": .broadSynonym, oboInOwl + "hasRelatedSynonym": .relatedSynonym,
        oboInOwl + "hasSynonym": .relatedSynonym,
        obo + "IAO_0000115": .definition, skos + "definition": .skosDefinition, obo + "IAO_0000600": .elucidation,
        terms + "description": .description, elements + "description": .description, rdfs + "comment": .comment,
        rdfs + "subClassOf": .parent, rdfs + "subPropertyOf": .parent, skos + "broader": .parent, skos + "broadMatch": .parent,
        skos + "narrower": .narrower,
        owl + "onProperty": .restrictionProperty, owl + "someValuesFrom": .restrictionFiller, owl + "allValuesFrom": .restrictionFiller,
        owl + "onClass": .restrictionFiller, owl + "hasValue": .restrictionFiller,
        owl + "unionOf": .union, owl + "intersectionOf": .intersection, owl + "complementOf": .complement, rdf + "first": .first,
        rdf + "rest": .rest,
        rdfs + "domain": .relation(rdfs + "domain"), rdfs + "range": .relation(rdfs + "range"),
        owl + "inverseOf": .inverse, skos + "related": .relation(skos + "related"),
        owl + "deprecated": .deprecated, obo + "IAO_0100001": .replacedBy, terms + "isReplacedBy": .replacedBy,
        oboInOwl + "consider": .consider, oboInOwl + "hasOBONamespace": .namespace, skos + "inScheme": .namespace,
        oboInOwl + "hasAlternativeId": .alternativeID, oboInOwl + "hasDbXref": .crossReference,
        skos + "exactMatch": .crossReference, skos + "closeMatch": .crossReference, oboInOwl + "id": .identifier,
        terms + "title": .title, elements + "title": .title, owl + "versionIRI": .versionIRI, owl + "versionInfo": .version,
        terms + "license": .license, terms + "rights": .license, elements + "rights": .license,
    ]

    /// What a resource is declared as.
    struct Types: OptionSet, Sendable {
        let rawValue: UInt16
        static let concept = Types(rawValue: 1)
        static let objectProperty = Types(rawValue: 2)
        static let annotationProperty = Types(rawValue: 4)
        static let plainProperty = Types(rawValue: 8)
        static let dataProperty = Types(rawValue: 16)
        static let individual = Types(rawValue: 32)
        static let ontology = Types(rawValue: 64)
        static let scheme = Types(rawValue: 128)
        static let properties: Types = [.objectProperty, .annotationProperty, .plainProperty, .dataProperty]

        init(rawValue: UInt16) { self.rawValue = rawValue }

        init(iri: String) { self = Self.table[iri] ?? [] }

        private static let table: [String: Types] = [
            owl + "Class": .concept, rdfs + "Class": .concept, skos + "Concept": .concept, owl + "ObjectProperty": .objectProperty,
            owl + "AnnotationProperty": .annotationProperty, rdf + "Property": .plainProperty, owl + "DatatypeProperty": .dataProperty,
            owl + "NamedIndividual": .individual, owl + "Ontology": .ontology, skos + "ConceptScheme": .scheme,
        ]
    }
}

extension Property: Equatable {}
