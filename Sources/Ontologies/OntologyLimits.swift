/// Bounds on what a file may cost.
package struct OntologyLimits: Sendable {
    /// Bytes of a file.
    package var bytes = 256 << 20
    /// Terms of all kinds.
    package var terms = 1_000_000
    /// RDF statements.
    package var statements = 20_000_000
    /// Elements of XML, or brackets of Turtle, that may be open at once.
    package var depth = 256
    /// What the entities of XML may add to a file, in bytes: namespaces are what ontologies declare them for.
    package var entityGrowth = 16 << 20

    package init() {}

    /// Throws when one more term would be too many: a file of nothing else would take memory for all of them first.
    func checkRoom(after count: Int) throws(OntologyError) {
        guard count < terms else {
            throw OntologyError(.tooLarge, "The ontology has more than \(terms) terms.", limit: "\(terms) terms")
        }
    }

    /// Bytes of one value, beyond which it is cut.
    static let value = 64 << 10
    /// Characters of a label, beyond which it is cut.
    static let label = 500
    /// Problems that are kept.
    static let problems = 100
}
