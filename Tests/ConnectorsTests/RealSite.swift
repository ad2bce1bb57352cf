import EmbeddedServices
import FoundationEssentials
import TestSupport

/// A real documentation set, and what a crawl of it has to find.
///
/// The FastAPI documentation of the test data where that is there, else the documentation that `deploy/setup` installs.
struct RealSite {
    let folder: String
    /// Paths of the pages; nil when only their number is known.
    let pages: Set<String>?
    let count: Int
    /// Paths of links that lead nowhere.
    let gone: [String]

    /// Unpacks the set below `directory` where it is packed.
    static func prepare(in directory: String) async throws -> RealSite {
        if let data = TestData.directory {
            try await ChildProcess.run("/bin/tar", arguments: ["-xJf", "\(data)/docs/fastapi-docs-0.141.1-html.tar.xz", "-C", directory])
            // Three links of one page, two of which differ in the slash at their end alone.
            return RealSite(
                folder: "\(directory)/fastapi-docs-0.141.1", pages: nil, count: 151, gone: ["/quickstart/", "/advanced/clients/"])
        }
        guard let folder = TestData.installedDocumentation else { throw Missing() }
        let pages = linked(folder)
        return RealSite(folder: folder, pages: pages, count: pages.count, gone: [])
    }

    struct Missing: Error {}

    /// The pages of a folder that links lead to, found by a plain walk over `href` attributes.
    private static func linked(_ folder: String) -> Set<String> {
        var (found, open): (Set<String>, [String]) = (["/"], ["/"])
        while let path = open.popLast() {
            let text = String(
                decoding: FileManager.default.contents(atPath: folder + (path == "/" ? "/index.html" : path)) ?? Data(), as: UTF8.self)
            let parent = path.split(separator: "/").dropLast()
            for part in text.replacing("&#45;", with: "-").split(separator: "href=\"").dropFirst() {
                let target = part.prefix { $0 != "\"" && $0 != "#" && $0 != "?" }
                guard !target.isEmpty, !target.contains(":"), target.hasSuffix(".html") else { continue }
                var steps = target.hasPrefix("/") ? [] : Array(parent)
                for step in target.split(separator: "/") where step != "." {
                    if step == ".." { _ = steps.popLast() } else { steps.append(step) }
                }
                let next = "/" + steps.joined(separator: "/")
                if FileManager.default.fileExists(atPath: folder + next), found.insert(next).inserted { open.append(next) }
            }
        }
        return found
    }
}
