/// Makes the fragments of a page's sections: the heading's own identifier where it has one, otherwise its words; no fragment twice.
struct Slugger {
    private var taken: Set<String> = []

    /// Identifiers of headings beyond so many bytes are not kept: they are looked up in an index, which has bounds.
    private static let longest = 200

    /// A fragment for the heading with `title`; a repeated one gets the suffix `-2`, `-3` and so on.
    mutating func anchor(for title: String, existing: String?) -> String {
        let wanted = existing.flatMap { $0.utf8.count <= Self.longest ? $0 : nil } ?? Self.slug(title)
        var candidate = wanted
        var number = 2
        while !taken.insert(candidate).inserted {
            candidate = "\(wanted)-\(number)"
            number += 1
        }
        return candidate
    }

    /// The letters and digits of `text`, lower-case, joined by hyphens; `section` when it has none.
    static func slug(_ text: String) -> String {
        var result = ""
        var needsHyphen = false
        for scalar in text.lowercased().unicodeScalars.prefix(200) {
            if scalar.properties.isAlphabetic || scalar.properties.numericType != nil || scalar == "_" {
                if needsHyphen, !result.isEmpty { result += "-" }
                needsHyphen = false
                result.unicodeScalars.append(scalar)
            } else {
                needsHyphen = true
            }
        }
        return result.isEmpty ? "section" : result
    }
}
