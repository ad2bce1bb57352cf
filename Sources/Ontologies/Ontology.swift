/// What was read from one file.
package struct Ontology: Sendable {
    /// What was wrong with a part of the file that was left out or read in another way than it stands there.
    package struct Problem: Sendable, Hashable {
        /// A stable upper-case code such as `E_TERM_ID`.
        package let code: String
        /// Line in the file, from 1; nil where the syntax has none.
        package let line: Int?
        /// One sentence, safe for strangers.
        package let message: String
    }

    /// The syntax that the file was read as.
    package let format: OntologyFormat
    /// The IRI of the ontology; empty when the file names none.
    package var iri = ""
    package var title = ""
    package var description = ""
    package var version = ""
    package var license = ""
    /// Ordered by kind, then by identifier; identifiers are unique.
    package var terms: [Term] = []
    /// The first ``OntologyLimits/problems`` of them, in the order of the file.
    package var problems: [Problem] = []
    /// All of them.
    package var problemCount = 0
    /// RDF statements that were read; 0 for other syntaxes.
    package var statements = 0

    init(format: OntologyFormat) { self.format = format }

    /// Notes a problem, which takes memory for the first ones only.
    mutating func note(_ code: String, line: Int?, _ message: String) {
        problemCount += 1
        if problems.count < OntologyLimits.problems { problems.append(Problem(code: code, line: line, message: message)) }
    }
}
