/// One entry of an ontology: a concept, a relation between concepts, or a named thing.
///
/// Terms refer to each other by ``id``, whatever the syntax of the file: the same ontology in OBO and in OWL gives the same identifiers.
package struct Term: Sendable, Hashable {
    /// What the term is.
    package enum Kind: Int, Sendable, Hashable, Comparable {
        /// A class, an OBO term or a SKOS concept.
        case concept
        /// A relation: an OBO typedef, an object, data or annotation property.
        case property
        /// A named thing.
        case individual

        package static func < (left: Kind, right: Kind) -> Bool { left.rawValue < right.rawValue }
    }

    /// A name that is not the label.
    package struct Synonym: Sendable, Hashable {
        /// How the name relates to the term.
        package enum Scope: String, Sendable, Hashable, CaseIterable {
            case exact
            /// An alternative label of SKOS, which says no more than that.
            case alternative
            case narrow, broad, related
        }

        package var text: String
        package var scope: Scope

        package init(_ text: String, _ scope: Scope) { (self.text, self.scope) = (text, scope) }
    }

    /// The label in another language.
    package struct Translation: Sendable, Hashable {
        /// A language tag such as `fr`.
        package var language: String
        package var text: String
    }

    /// A typed relation to another term.
    package struct Relation: Sendable, Hashable {
        /// Identifier of the relation, such as `part_of` or `BFO:0000050`.
        package var property: String
        /// Identifier of the other term; for a class without a name what it is made of, such as `BFO:0000002 or BFO:0000003`.
        package var target: String
    }

    /// What a term of RDF is declared as; several may hold at once.
    package struct Declarations: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let objectProperty = Declarations(rawValue: 1)
        package static let annotationProperty = Declarations(rawValue: 2)
        package static let plainProperty = Declarations(rawValue: 4)
    }

    /// The short form: `GO:0008150`, `dcat:Dataset`; the IRI where there is none.
    package var id: String
    /// The absolute IRI.
    package var iri: String
    package var kind: Kind
    package var declarations: Declarations = []
    /// Empty when the file gives none.
    package var label = ""
    package var translations: [Translation] = []
    package var definition = ""
    /// Editors' remarks.
    package var comment = ""
    package var synonyms: [Synonym] = []
    /// Identifiers of the terms above it.
    package var parents: [String] = []
    package var relations: [Relation] = []
    package var isObsolete = false
    /// Identifiers of the terms to use instead.
    package var replacedBy: [String] = []
    /// Identifiers of terms that may fit instead.
    package var consider: [String] = []
    /// The part of the ontology or the scheme that the term belongs to.
    package var namespace = ""
    /// Identifiers that were merged into this one.
    package var alternativeIDs: [String] = []
    package var crossReferences: [String] = []

    package init(id: String, iri: String, kind: Kind) { (self.id, self.iri, self.kind) = (id, iri, kind) }

    /// The label, or what stands for it.
    package var title: String { label.isEmpty ? id : label }
}
