/// Reads the OBO flat file format, 1.0 to 1.4: stanzas of lines with a tag and a value.
///
/// Lenient, as the files in the wild ask for: a line that makes no sense is left out and noted, the rest goes on.
struct OBOReader {
    private let limits: OntologyLimits
    private var ontology = Ontology(format: .obo)
    /// Whether the last term is that of the stanza that is read; false in the header and in stanzas that hold no term.
    private var isOpen = false
    private var stanzaLine = 0
    private var isHeader = true
    private var line = 0
    private var idSpaces: [String: String] = [:]
    private var defaultNamespace = ""

    init(limits: OntologyLimits) { self.limits = limits }

    mutating func read(_ bytes: [UInt8]) throws(OntologyError) -> Ontology {
        let text = OBOText(bytes: bytes)
        var start = 0
        while start < bytes.count {
            var end = start
            while end < bytes.count, bytes[end] != 0x0A { end += 1 }
            line += 1
            var last = end
            while last > start, bytes[last - 1] <= 0x20 { last -= 1 }
            if last > start { try read(text.trimmed(start..<last), of: text, isLast: end == bytes.count) }
            start = end + 1
        }
        close()
        for index in ontology.terms.indices { ontology.terms[index].iri = iri(of: ontology.terms[index].id) }
        return ontology
    }

    private mutating func read(_ source: Range<Int>, of text: OBOText, isLast: Bool) throws(OntologyError) {
        switch text.first(of: source) {
        case UInt8(ascii: "!"): return
        case UInt8(ascii: "["): try open(text.string(source))
        default:
            guard let (tag, value) = text.tagAndValue(source) else {
                // What breaks off in the middle of a word has no line break behind it.
                if isLast, !isHeader { throw Self.truncated }
                note("E_OBO_LINE", "The line is neither a tag with a value nor the beginning of a stanza.")
                return
            }
            if isHeader {
                header(tag, value, text)
            } else if isOpen {
                guard apply(tag, value, text) else {
                    if isLast { throw Self.truncated }
                    note("E_OBO_QUOTE", "The value of \(tag) has no closing quote and was left out.")
                    return
                }
            }
        }
    }

    private static let truncated = OntologyError(.truncated, "The file breaks off in the middle of a line.")

    // MARK: - Stanzas

    private mutating func open(_ name: String) throws(OntologyError) {
        close()
        isHeader = false
        stanzaLine = line
        switch name {
        case "[Term]": try begin(.concept)
        case "[Typedef]": try begin(.property)
        case "[Instance]": try begin(.individual)
        default: note("E_OBO_STANZA", "The stanza \(name.prefix(40)) is of no known type and was left out.")
        }
    }

    private mutating func begin(_ kind: Term.Kind) throws(OntologyError) {
        try limits.checkRoom(after: ontology.terms.count)
        ontology.terms.append(Term(id: "", iri: "", kind: kind))
        isOpen = true
    }

    private mutating func close() {
        guard isOpen else { return }
        isOpen = false
        let last = ontology.terms.count - 1
        if ontology.terms[last].id.isEmpty {
            ontology.terms.removeLast()
            ontology.note("E_TERM_ID", line: stanzaLine, "The stanza has no id and was left out.")
        } else if ontology.terms[last].namespace.isEmpty {
            ontology.terms[last].namespace = defaultNamespace
        }
    }

    private mutating func header(_ tag: String, _ value: Range<Int>, _ text: OBOText) {
        switch tag {
        case "ontology": ontology.iri = text.string(value)
        case "data-version": ontology.version = text.string(value)
        case "default-namespace": defaultNamespace = text.string(value)
        case "idspace":
            let parts = text.string(value).split(separator: " ", maxSplits: 2)
            if parts.count >= 2 { idSpaces[String(parts[0])] = String(parts[1]) }
        case "property_value":
            guard let (property, content) = text.propertyValue(value) else { return }
            let name = property.split { ":/#".contains($0) }.last.map { String($0) } ?? property
            switch name {
            case "title": ontology.title = content
            case "description": if ontology.description.isEmpty { ontology.description = content }
            case "license": ontology.license = content
            default: break
            }
        case "remark": if ontology.description.isEmpty { ontology.description = text.unescaped(value) }
        default: break
        }
    }

    // MARK: - Tags

    /// Applies a tag of the open stanza; false when a quoted value does not end.
    private mutating func apply(_ tag: String, _ value: Range<Int>, _ text: OBOText) -> Bool {
        let last = ontology.terms.count - 1
        switch tag {
        case "id": ontology.terms[last].id = text.word(value)
        case "name": ontology.terms[last].label = text.phrase(value)
        case "is_a", "instance_of": ontology.terms[last].parents.append(text.word(value))
        case "synonym":
            guard let (synonym, rest) = text.quoted(value) else { return false }
            let scope = text.word(rest).lowercased()
            if Term.Synonym.Scope(rawValue: scope) == nil, !scope.isEmpty, scope.first != "[" {
                note("E_OBO_SCOPE", "The synonym has an unknown scope and counts as related.")
            }
            ontology.terms[last].synonyms.append(Term.Synonym(synonym, Term.Synonym.Scope(rawValue: scope) ?? .related))
        case "exact_synonym", "narrow_synonym", "broad_synonym", "related_synonym":
            guard let (synonym, _) = text.quoted(value) else { return false }
            let scope = Term.Synonym.Scope(rawValue: String(tag.prefix { $0 != "_" })) ?? .related
            ontology.terms[last].synonyms.append(Term.Synonym(synonym, scope))
        case "xref", "xref_analog", "xref_unknown": ontology.terms[last].crossReferences.append(text.word(value))
        case "def":
            guard let (definition, _) = text.quoted(value) else { return false }
            ontology.terms[last].definition = definition
        case "relationship":
            let (property, rest) = text.wordAndRest(value)
            let target = text.word(rest)
            guard !property.isEmpty, !target.isEmpty else {
                note("E_OBO_RELATION", "The relationship names no target and was left out.")
                return true
            }
            ontology.terms[last].relations.append(Term.Relation(property: property, target: target))
        case "namespace": ontology.terms[last].namespace = text.phrase(value)
        case "alt_id": ontology.terms[last].alternativeIDs.append(text.word(value))
        case "is_obsolete": ontology.terms[last].isObsolete = text.word(value) == "true"
        case "replaced_by": ontology.terms[last].replacedBy.append(text.word(value))
        case "consider": ontology.terms[last].consider.append(text.word(value))
        case "comment": ontology.terms[last].comment = text.phrase(value)
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
        var iri = TermNaming.obo
        iri.reserveCapacity(iri.utf8.count + id.utf8.count)
        iri += prefix
        iri += "_"
        iri += local
        return iri
    }

    private mutating func note(_ code: String, _ message: String) { ontology.note(code, line: line, message) }
}
