import APIModel

/// Results of a search for people.
enum SearchResults {
    /// How many match and how they were found, then the results with rank, heading path, score, URL, section and excerpt.
    ///
    /// - Parameter width: columns that excerpts are wrapped to.
    static func text(_ response: SearchResponse, width: Int) -> String {
        let degraded = response.isDegraded ? "; degraded: \(response.reasons.joined(separator: ", "))" : ""
        var text = PlainText.line("\(response.total) matching, search mode \(response.searchMode.rawValue)\(degraded)")
        text += "\n"
        for (index, hit) in response.items.enumerated() {
            let path = (hit.headingPath.isEmpty ? [hit.title] : hit.headingPath).joined(separator: " > ")
            text += "\n\(index + 1). \(PlainText.line(path))  (\(Figures.fixed(hit.score, digits: 3)))\n"
            text += "   \(PlainText.line(hit.url))  [\(PlainText.line("\(hit.library) \(hit.version)"))]\n"
            text += "   \(PlainText.line(hit.sectionURI))\n"
            text += PlainText.wrapped(hit.excerpt, width: max(40, width - 3)).map { "   \($0)\n" }.joined()
        }
        return text
    }
}
