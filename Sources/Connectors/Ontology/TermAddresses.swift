import Digests
import Domain
import Ontologies

/// The addresses of the pages of terms: the IRI where it can be one, otherwise one below the source.
///
/// A page is filed under its path alone, so no two may share it: what stands behind the `#` or `?` of an IRI becomes a part of the path
/// (`…/skos/core#Concept` is filed as `…/skos/core/Concept`), and of two IRIs that differ in their host only the second gets a number.
struct TermAddresses {
    /// One for each term, in their order.
    let all: [SiteURL]

    init(_ terms: [Term], root: SiteURL) {
        var taken: Set<String> = [root.trimmedPath]
        // Beginning anew for each of many terms that share a path would be quadratic.
        var numbers: [String: Int] = [:]
        all = terms.map { term in
            let url = Self.address(term, root)
            var unique = url
            let path = url.trimmedPath
            while !taken.insert(unique.trimmedPath).inserted {
                let number = numbers[path, default: 1] + 1
                numbers[path] = number
                unique = url.with(path: "\(path)~\(number)")
            }
            return unique
        }
    }

    private static func address(_ term: Term, _ root: SiteURL) -> SiteURL {
        if let url = own(term.iri), url.trimmedPath != "/" { return url }
        let base = root.origin + root.trimmedPath + "/"
        // A colon and whatever else a path may hold stays readable; the rest is encoded by the address.
        let name = term.id.replacingSpecial()
        if let url = try? SiteURL(base + name) { return url }
        return root.with(path: root.trimmedPath + "/" + SHA256.hash(term.iri).hexadecimal.prefix(32))
    }

    /// The IRI as an address without query and fragment.
    private static func own(_ iri: String) -> SiteURL? {
        guard iri.hasPrefix("http://") || iri.hasPrefix("https://") else { return nil }
        var path = ""
        for character in iri {
            // One slash for each mark, so that `core#` and `core/` end in the same way.
            if character == "#" || character == "?" { path += path.hasSuffix("/") ? "" : "/" } else { path.append(character) }
        }
        return (try? SiteURL(path))?.withoutQuery
    }
}

extension String {
    /// The text as one segment of a path.
    fileprivate func replacingSpecial() -> String {
        var output = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "/", "?", "#", "\\", "%": output += "-"
            default: if scalar.value > 0x20 { output.unicodeScalars.append(scalar) } else { output += "-" }
            }
        }
        return output
    }
}
