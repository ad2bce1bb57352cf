/// The syntaxes that are read.
package enum OntologyFormat: String, Sendable, Hashable, CaseIterable {
    case obo
    case rdfXML = "RDF/XML"
    case turtle = "Turtle"
    case nTriples = "N-Triples"
    case oboGraph = "OBO graph JSON"

    static let supported = "OBO, OWL as RDF/XML, Turtle, N-Triples, OBO graph JSON"

    /// What `bytes` are, by their beginning; the name decides only between Turtle and its subset N-Triples.
    /// - Throws: ``OntologyError`` that says what the file is instead.
    init(of bytes: [UInt8], name: String) throws(OntologyError) {
        let head = String(decoding: bytes.prefix(4096), as: UTF8.self)
        let text = Self.withoutComments(head)
        let lowered = text.prefix(64).lowercased()
        if text.hasPrefix("version https://git-lfs") {
            throw OntologyError(
                .format, "The file is a pointer of Git LFS, not the ontology; give the address that delivers its content.",
                limit: Self.supported)
        }
        if lowered.hasPrefix("<!doctype html") || lowered.hasPrefix("<html") {
            throw OntologyError(.format, "The address answers with a web page, not with an ontology.", limit: Self.supported)
        }
        if text.hasPrefix("Prefix(") || text.hasPrefix("Ontology(") {
            throw OntologyError(
                .format, "OWL in functional syntax is not read; give the RDF/XML or OBO file of the ontology.", limit: Self.supported)
        }
        if lowered.hasPrefix("<?xml") || lowered.hasPrefix("<!") || lowered.hasPrefix("<rdf:") {
            self = .rdfXML
        } else if text.hasPrefix("{") {
            self = .oboGraph
        } else if Self.looksLikeOBO(head) {
            self = .obo
        } else if lowered.hasPrefix("@prefix") || lowered.hasPrefix("@base") || lowered.hasPrefix("prefix ") || lowered.hasPrefix("base ")
            || lowered.hasPrefix("<") || lowered.hasPrefix("_:") || lowered.hasPrefix("[")
        {
            self = name.lowercased().hasSuffix(".nt") ? .nTriples : .turtle
        } else {
            throw OntologyError(.format, "The file is in no syntax of ontologies.", limit: Self.supported)
        }
    }

    /// Throws when the bytes of a file, as they came, are those of an archive.
    static func refuseCompressed(_ bytes: [UInt8]) throws(OntologyError) {
        let marks: [[UInt8]] = [
            [0x1F, 0x8B], [0x50, 0x4B, 3, 4], Array("BZh".utf8), [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0], [0x28, 0xB5, 0x2F, 0xFD],
        ]
        guard marks.contains(where: { bytes.starts(with: $0) }) else { return }
        throw OntologyError(.format, "The file is compressed; give the address of the plain file.", limit: supported)
    }

    /// The text behind white space and the comment lines of Turtle.
    private static func withoutComments(_ head: String) -> Substring {
        var rest = head[...]
        while true {
            rest = rest.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
            guard rest.first == "#" else { return rest }
            rest = rest.drop { !$0.isNewline }
        }
    }

    /// Whether a line is the tag of an OBO header or the beginning of a stanza.
    private static func looksLikeOBO(_ head: String) -> Bool {
        for line in head.split(whereSeparator: \.isNewline) where line.first != "!" {
            return line.hasPrefix("format-version:") || line.hasPrefix("[Term]") || line.hasPrefix("[Typedef]")
                || line.hasPrefix("ontology:")
                || line.hasPrefix("data-version:") || line.hasPrefix("default-namespace:")
        }
        return false
    }
}
