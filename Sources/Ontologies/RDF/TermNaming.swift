/// Short forms of IRIs and back.
struct TermNaming {
    static let obo = "http://purl.obolibrary.org/obo/"

    /// Namespaces, longest first.
    private let namespaces: [(iri: String, prefix: String)]

    init(prefixes: [String: String]) {
        var all = prefixes.filter { !$0.key.isEmpty && ($0.value.hasSuffix("#") || $0.value.hasSuffix("/") || $0.value.hasSuffix("_")) }
        for (prefix, iri) in Self.wellKnown where !all.values.contains(iri) { all[prefix] = iri }
        namespaces = all.map { (iri: $0.value, prefix: $0.key) }
            .sorted { ($1.iri.utf8.count, $0.prefix) < ($0.iri.utf8.count, $1.prefix) }
    }

    private static let wellKnown = [
        "owl": "http://www.w3.org/2002/07/owl#", "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#", "skos": "http://www.w3.org/2004/02/skos/core#",
        "dcterms": "http://purl.org/dc/terms/",
        "oboInOwl": "http://www.geneontology.org/formats/oboInOwl#",
    ]

    /// The short form of `iri`: `GO:0008150`, `dcat:Dataset`, `part_of`; `iri` itself when there is none or it is no IRI.
    func id(_ iri: String) -> String {
        if iri.hasPrefix(Self.obo) {
            let local = iri.dropFirst(Self.obo.count)
            if let hash = local.firstIndex(of: "#") {
                let name = local[local.index(after: hash)...]
                if !name.isEmpty { return String(name) }
            } else if let underscore = local.lastIndex(of: "_"), underscore != local.startIndex, !local.contains("/") {
                let rest = local[local.index(after: underscore)...]
                if !rest.isEmpty { return "\(local[..<underscore]):\(rest)" }
            }
        }
        for (namespace, prefix) in namespaces where iri.utf8.count > namespace.utf8.count && iri.hasPrefix(namespace) {
            let local = iri.dropFirst(namespace.count)
            if !local.contains(where: { $0 == "/" || $0 == "#" || $0 == "?" }) { return "\(prefix):\(local)" }
        }
        return iri
    }
}
