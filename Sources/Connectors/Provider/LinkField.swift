import Fetch

/// The `Link` fields of an answer (RFC 8288).
enum LinkField {
    /// The target of the first link with the relation, such as `canonical` or `next`; nil without one.
    static func target(_ relation: String, in headers: FetchHeaders) -> String? {
        for value in headers.values("Link") {
            // A target stands between angle brackets, which it cannot hold itself.
            for part in value.split(separator: "<").prefix(20) {
                guard let end = part.firstIndex(of: ">") else { continue }
                let parameters = part[part.index(after: end)...].lowercased().filter { $0 != " " && $0 != "\"" }
                let isWanted = parameters.split { $0 == ";" || $0 == "," }.contains { $0 == "rel=\(relation)" }
                if isWanted, !part[..<end].isEmpty { return String(part[..<end]) }
            }
        }
        return nil
    }
}
