import FoundationEssentials

/// A question with the pages that answer it.
struct Question: Sendable {
    let text: String
    /// Paths of pages, as the index names them; never empty.
    let relevant: Set<String>

    /// The questions of a file with one JSON object a line: `query`, `relevant`, `site`.
    /// - Parameter site: leaves out questions about other sites.
    static func read(_ file: String, site: String) throws -> [Question] {
        struct Line: Decodable {
            let query: String, relevant: [String], site: String
        }
        guard let data = FileManager.default.contents(atPath: file) else { throw Failure("There is no \(file).") }
        return try data.split(separator: UInt8(ascii: "\n")).compactMap { line in
            let line = try JSONDecoder().decode(Line.self, from: Data(line))
            return line.site == site ? Question(text: line.query, relevant: Set(line.relevant.map(normalized))) : nil
        }
    }

    /// The path without the slash at its end and the name of the index page, as both sides write it.
    static func normalized(_ path: String) -> String {
        var path = path
        if path.hasSuffix("/index.html") { path.removeLast("index.html".count) }
        while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
