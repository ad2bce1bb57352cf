/// Reads the bytes of an ontology into terms: OBO, OWL and SKOS as RDF/XML, Turtle or N-Triples, OBO graph JSON.
///
/// Nothing is fetched and no file is opened, whatever the bytes ask for: imports and external entities are not followed.
package enum OntologyParser {
    /// Reads one file.
    ///
    /// CPU-bound: about 10 ms for a megabyte of OBO, 50 ms for one of OWL. Files of RDF are read one at a time in a process.
    ///
    /// - Parameters:
    ///   - bytes: the file, decompressed.
    ///   - address: absolute IRI of the file, which relative IRIs are resolved against.
    /// - Returns: the terms; parts of the file that make no sense are left out and noted as problems.
    /// - Throws: ``OntologyError`` when the file is none, is hostile, or breaks off: a half of an ontology is never given out as a whole.
    @concurrent
    package static func parse(
        _ bytes: [UInt8], address: String, limits: OntologyLimits = OntologyLimits()
    ) async throws(OntologyError) -> Ontology {
        guard bytes.count <= limits.bytes else {
            throw OntologyError(.tooLarge, "The file has \(bytes.count) bytes.", limit: "\(limits.bytes) bytes")
        }
        try OntologyFormat.refuseCompressed(bytes)
        let source = try SourceText(bytes)
        guard source.bytes.contains(where: { $0 > 0x20 }) else { throw OntologyError(.empty, "The file is empty.") }
        let format = try OntologyFormat(of: source.bytes, name: address)
        var ontology: Ontology
        switch format {
        case .obo:
            var reader = OBOReader(limits: limits)
            ontology = try reader.read(source.bytes)
        case .oboGraph: ontology = try OBOGraphReader.read(source.bytes, limits: limits)
        case .rdfXML, .turtle, .nTriples:
            var text = source.bytes
            if format == .rdfXML { text = try XMLGuard.checked(text, limits: limits) } else { try TurtleGuard.check(text, limits: limits) }
            ontology = try await RaptorWorld.shared.read(text, as: format, base: address, limits: limits)
        }
        for (code, message) in source.problems { ontology.note(code, line: nil, message) }
        ontology.finish()
        guard !ontology.terms.isEmpty else { throw OntologyError(.empty, "The file names no term.") }
        guard ontology.terms.count <= limits.terms else {
            throw OntologyError(.tooLarge, "The ontology has \(ontology.terms.count) terms.", limit: "\(limits.terms) terms")
        }
        return ontology
    }
}
