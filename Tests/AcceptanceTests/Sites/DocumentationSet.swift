import EmbeddedServices
import FoundationEssentials
import TestSupport

/// Two editions of a real documentation set, and what a crawl has to make of them: found out without the product.
///
/// The FastAPI documentation of the test data where that is there, else the documentation that `deploy/setup` installs, with edits.
struct DocumentationSet: Sendable {
    let name: String
    /// Folders of the two editions.
    let older: String
    let newer: String
    /// Paths of the pages that links lead to in the older edition, without a slash at the end.
    let pages: Set<String>
    /// How the newer edition differs, by the same paths.
    let added: Set<String>
    let removed: Set<String>
    let changed: Set<String>
    /// Questions, each with the paths of pages that answer it.
    let questions: [(text: String, answers: Set<String>)]
    /// Start pages, relative to the root, of two sub-paths that are documentations of their own.
    let parts: [String]

    /// Unpacks or copies the set into `directory`.
    static func prepare(in directory: String) async throws -> DocumentationSet {
        if let data = TestData.directory, FileManager.default.fileExists(atPath: data + "/docs/fastapi-delta-expected.json") {
            return try await fastAPI(data + "/docs", directory)
        }
        return try await git(directory)
    }

    /// A path as the product writes it.
    static func path(_ text: String) -> String { text.count > 1 && text.hasSuffix("/") ? String(text.dropLast()) : text }
}

// MARK: FastAPI

extension DocumentationSet {
    private struct Expectation: Decodable {
        struct Page: Decodable {
            let text_sha256: String
            let in_sitemap: Bool
        }

        let pages: [String: [String: Page]]
    }

    private static func fastAPI(_ data: String, _ directory: String) async throws -> DocumentationSet {
        for version in ["0.137.0", "0.141.1"] {
            try await ChildProcess.run("/bin/tar", arguments: ["-xJf", "\(data)/fastapi-docs-\(version)-html.tar.xz", "-C", directory])
        }
        let file = Data(try Stack.text("\(data)/fastapi-delta-expected.json").utf8)
        let editions = try JSONDecoder().decode(Expectation.self, from: file).pages
        func linked(_ version: String) -> [String: String] {
            (editions[version] ?? [:]).filter(\.value.in_sitemap).reduce(into: [:]) { $0[path($1.key)] = $1.value.text_sha256 }
        }
        let (older, newer) = (linked("0.137.0"), linked("0.141.1"))
        return DocumentationSet(
            name: "fastapi", older: "\(directory)/fastapi-docs-0.137.0", newer: "\(directory)/fastapi-docs-0.141.1",
            pages: Set(older.keys), added: Set(newer.keys).subtracting(older.keys), removed: Set(older.keys).subtracting(newer.keys),
            changed: Set(older.keys.filter { newer[$0] != nil && newer[$0] != older[$0] }),
            questions: [
                (
                    "how to receive an uploaded file",
                    ["/tutorial/request-files", "/tutorial/request-forms-and-files", "/reference/uploadfile"]
                ),
                (
                    "run code after yield in a dependency",
                    ["/tutorial/dependencies/dependencies-with-yield", "/advanced/advanced-dependencies"]
                ),
                ("allow requests from a browser on another origin", ["/tutorial/cors"]),
                ("server-sent events", ["/tutorial/server-sent-events", "/reference/sse"]),
            ], parts: ["tutorial/", "deployment/"])
    }
}

// MARK: Debian's documentation of git

extension DocumentationSet {
    private static func git(_ directory: String) async throws -> DocumentationSet {
        let installed = Executables.toolFolders().map { "\($0)/documentation" }.first {
            FileManager.default.fileExists(atPath: "\($0)/index.html")
        }
        guard let installed else { throw Unexpected("deploy/setup has installed no documentation set") }
        let (older, newer) = (directory + "/older", directory + "/newer")
        for folder in [older, newer] { try await ChildProcess.run("/bin/cp", arguments: ["-rL", installed, folder]) }

        let changed = ["git-add.html", "git-commit.html", "git-rebase.html", "git-diff.html", "howto/revert-branch-rebase.html"]
        for name in changed {
            let link = name == "git-diff.html" ? "See also <a href=\"zebrafish.html\">the zebrafish</a>." : ""
            try edit("\(newer)/\(name)", after: "<div id=\"content\">", "<p>A test added the zebrafish of \(name) here. \(link)</p>")
        }
        let page = "<html><head><title>Zebrafish</title></head><body><h1>Zebrafish</h1><p>A page about the zebrafish.</p></body></html>"
        try Data(page.utf8).write(to: URL(filePath: newer + "/zebrafish.html"))
        try FileManager.default.removeItem(atPath: newer + "/git-annotate.html")
        return DocumentationSet(
            name: "git", older: older, newer: newer, pages: try linked(older), added: ["/zebrafish.html"],
            removed: ["/git-annotate.html"], changed: Set(changed.map { "/" + $0 }),
            questions: [
                ("reapply commits on top of another base", ["/git-rebase.html"]),
                ("stage the contents of files for the next commit", ["/git-add.html", "/git-stage.html", "/git-commit.html"]),
                (
                    "find the commit that introduced a bug by binary search",
                    ["/git-bisect.html", "/git-bisect-lk2009.html", "/user-manual.html"]
                ),
            ], parts: ["howto/revert-branch-rebase.html", "technical/api-index.html"])
    }

    private static func edit(_ file: String, after place: String, _ addition: String) throws {
        var text = try Stack.text(file)
        guard let range = text.ranges(of: place).first else { throw Unexpected("\(file) has no \(place)") }
        text.insert(contentsOf: addition, at: range.upperBound)
        try Data(text.utf8).write(to: URL(filePath: file))
    }

    /// The pages of a folder that links lead to, found by a plain walk over `href` attributes.
    private static func linked(_ folder: String) throws -> Set<String> {
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
