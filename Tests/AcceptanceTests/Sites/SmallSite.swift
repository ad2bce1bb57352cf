import FoundationEssentials
import TestSupport

/// A few real pages behind an index: large enough for every stage of a job to be seen, small enough to be read many times.
struct SmallSite: Sendable {
    /// Number of pages, the index included.
    static let pageCount = 13
    /// Crawl only these.
    static let include = ["/page-*"]

    /// Copies pages of the documentation set into `directory` and returns the folder.
    static func prepare(in directory: String) async throws -> String {
        let set = try await DocumentationSet.prepare(in: directory)
        let folder = directory + "/small"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        var links = ""
        // Of middle size, and the same ones every time.
        for (number, page) in set.pages.subtracting(["/"]).sorted().enumerated() where number % 10 == 3 {
            let file = page.hasSuffix(".html") ? page : page + "/index.html"
            let name = "page-\(number).html"
            try FileManager.default.copyItem(atPath: set.older + file, toPath: "\(folder)/\(name)")
            links += "<li><a href=\"\(name)\">Page \(number)</a></li>"
            if links.split(separator: "<li>").count == pageCount - 1 { break }
        }
        let index =
            "<html><head><title>Index</title></head><body><main><h1>Index</h1><p>What there is to read.</p><ul>\(links)</ul></main></body></html>"
        try Data(index.utf8).write(to: URL(filePath: folder + "/index.html"))
        return folder
    }
}
