/// Why a file could not be read as an ontology. A second try with the same bytes ends the same way.
package struct OntologyError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What went wrong; the strings are stable.
    package enum Code: String, Sendable, Hashable, CaseIterable {
        /// No bytes, or nothing but a header.
        case empty = "E_ONTOLOGY_EMPTY"
        /// None of the syntaxes.
        case format = "E_ONTOLOGY_FORMAT"
        /// The file breaks off.
        case truncated = "E_ONTOLOGY_TRUNCATED"
        /// The parser gave up.
        case syntax = "E_ONTOLOGY_SYNTAX"
        /// A document type that fetches something, or entities that blow the file up.
        case entities = "E_ONTOLOGY_ENTITIES"
        /// More of something than ``OntologyLimits`` allow.
        case tooLarge = "E_ONTOLOGY_SIZE"
        /// Nested deeper than ``OntologyLimits`` allow.
        case depth = "E_ONTOLOGY_DEPTH"
        /// The encoding is none that is read.
        case encoding = "E_ONTOLOGY_ENCODING"
        /// The registry has no such ontology, or no file of it.
        case registry = "E_ONTOLOGY_REGISTRY"
    }

    package let code: Code
    /// One sentence, safe for strangers.
    package let message: String
    /// The bound that was exceeded, as text.
    package let limit: String?

    init(_ code: Code, _ message: String, limit: String? = nil) {
        (self.code, self.message, self.limit) = (code, message, limit)
    }

    package var description: String { "\(code.rawValue): \(message)" + (limit.map { " Limit: \($0)." } ?? "") }
}
