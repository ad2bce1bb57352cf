/// Reads the OBO flat file format, 1.0 to 1.4: stanzas of lines with a tag and a value.
///
/// Lenient, as the files in the wild ask for: a line that makes no sense is left out and noted, the rest goes on.
struct OBOReader {
    private let limits: OntologyLimits
    private var ontology = Ontology(format: .obo)
    /// The stanza that is read; nil in the header and in stanzas that hold no term.
    private var term: Term?
    private var stanzaLine = 0
    private var isHeader = true
    private var line = 0
    private var idSpaces: [String: String] = [:]
    private var defaultNamespace = ""

    init(limits: OntologyLimits) { self.limits = limits }

    mutating func read(_ bytes: [UInt8]) throws(OntologyError) -> Ontology {
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            line += 1
            var last = end
            while last > start, bytes[last - 1] <= 0x20 { last -= 1 }
            if last > start { try read(OBOLine(bytes: bytes, range: start..<last), isLast: end == bytes.count) }
            start = end + 1
        }
        close()
        for index in ontology.terms.indices { ontology.terms[index].iri = iri(of: ontology.terms[index].id) }
        return ontology
    }

    private mutating func read(_ source: OBOLine, isLast: Bool) throws(OntologyError) {
        switch source.first {
        case UInt8(ascii: "!"): return
        case UInt8(ascii: "["): open(source)
        default:
            guard let (tag, value) = source.tagAndValue else {
                // What breaks off in the middle of a word has no line break behind it.
                if isLast, !isHeader { throw Self.truncated }
                note("E_OBO_LINE", "The line is neither a tag with a value nor the beginning of a stanza.")
                return
            }
            if isHeader {
                header(tag, value)
            } else if term != nil {
                guard apply(tag, value) else {
                    if isLast { throw Self.truncated }
                    note("E_OBO_QUOTE", "The value of \(tag) has no closing quote and was left out.")
                    return
                }
            }
        }
    }

    private static let truncated = OntologyError(.truncated, "The file breaks off in the middle of a line.")

    // MARK: - Stanzas

    private mutating func open(_ source: OBOLine) {
        close()
        isHeader = false
        stanzaLine = line
        switch source.text {
        case "[Term]": term = Term(id: "", iri: "", kind: .concept)
        case "[Typedef]": term = Term(id: "", iri: "", kind: .property)
        case "[Instance]": term = Term(id: "", iri: "", kind: .individual)
        default: note("E_OBO_STANZA", "The stanza \(source.text.prefix(40)) is of no known type and was left out.")
        }
    }

    private mutating func close() {
        defer { term = nil }
        guard var term else { return }
        guard !term.id.isEmpty else {
            ontology.note("E_TERM_ID", line: stanzaLine, "The stanza has no id and was left out.")
            return
        }
        if term.namespace.isEmpty { term.namespace = defaultNamespace }
        ontology.terms.append(term)
    }

    private mutating func header(_ tag: String, _ value: OBOLine) {
        switch tag {
        case "ontology": ontology.iri = value.text
        case "data-version": ontology.version = value.text
        case "default-namespace": defaultNamespace = value.text
        case "idspace":
            let parts = value.text.split(separator: " ", maxSplits: 2)
            if parts.count >= 2 { idSpaces[String(parts[0])] = String(parts[1]) }
        case "property_value":
            guard let (property, text) = value.propertyValue else { return }
            let name = property.split { ":/#".contains($0) }.last.map { String($0) } ?? property
            switch name {
            case "title": ontology.title = text
            case "description": if ontology.description.isEmpty { ontology.description = text }
            case "license": ontology.license = text
            default: break
            }
        case "remark": if ontology.description.isEmpty { ontology.description = value.unescaped }
        default: break
        }
    }

    // MARK: - Tags

    /// Applies a tag of the open stanza; false when a quoted value does not end.
    private mutating func apply(_ tag: String, _ value: OBOLine) -> Bool {
        switch tag {
        case "id": term?.id = value.word
        case "name": term?.label = value.phrase
        case "is_a", "instance_of": term?.parents.append(value.word)
        case "synonym":
            guard let (text, rest) = value.quoted else { return false }
            let scope = rest.word.lowercased()
            if Term.Synonym.Scope(rawValue: scope) == nil, !scope.isEmpty, scope.first != "[" {
                note("E_OBO_SCOPE", "The synonym has an unknown scope and counts as related.")
            }
            term?.synonyms.append(Term.Synonym(text, Term.Synonym.Scope(rawValue: scope) ?? .related))
        case "exact_synonym", "narrow_synonym", "broad_synonym", "related_synonym":
            guard let (text, _) = value.quoted else { return false }
            let scope = Term.Synonym.Scope(rawValue: String(tag.prefix { $0 != "_" })) ?? .related
            term?.synonyms.append(Term.Synonym(text, scope))
        case "xref", "xref_analog", "xref_unknown": term?.crossReferences.append(value.word)
        case "def":
            guard let (text, _) = value.quoted else { return false }
            term?.definition = text
        case "relationship":
            let (property, rest) = value.wordAndRest
            let target = rest.word
            guard !property.isEmpty, !target.isEmpty else {
                note("E_OBO_RELATION", "The relationship names no target and was left out.")
                return true
            }
            term?.relations.append(Term.Relation(property: property, target: target))
        case "namespace": term?.namespace = value.phrase
        case "alt_id": term?.alternativeIDs.append(value.word)
        case "is_obsolete": term?.isObsolete = value.word == "true"
        case "replaced_by": term?.replacedBy.append(value.word)
        case "consider": term?.consider.append(value.word)
        case "comment": term?.comment = value.phrase
        default: break
        }
        return true
    }

    // MARK: - Names

    /// The IRI that OBO gives to an identifier.
    private func iri(of id: String) -> String {
        guard let colon = id.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            return "\(TermNaming.obo)\(ontology.iri.isEmpty ? "unknown" : ontology.iri)#\(id)"
        }
        let local = id[id.utf8.index(after: colon)...]
        if local.hasPrefix("//") { return id }
        let prefix = id[..<colon]
        if !idSpaces.isEmpty, let space = idSpaces[String(prefix)] { return space + local }
        return "\(TermNaming.obo)\(prefix)_\(local)"
    }

    private mutating func note(_ code: String, _ message: String) { ontology.note(code, line: line, message) }
}
