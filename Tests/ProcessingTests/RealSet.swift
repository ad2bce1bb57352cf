import Domain
import FoundationEssentials
import Glibc
import TestSupport

@testable import Processing

/// Two editions of a real documentation set, and what is known of them without the product.
///
/// The FastAPI documentation of the test data where that is there, else the documentation that `deploy/setup` installs, with edits.
struct RealSet: Sendable {
    let older: [String: PageContent]
    let newer: [String: PageContent]
    /// Paths of pages that are in both and whose text differs.
    let changed: Set<String>
    /// Paths of the pages that a reader can find.
    let listedOlder: Set<String>
    let listedNewer: Set<String>
    /// Numbers of listed pages: `added`, `removed`, `changed_text`, `unchanged_text`.
    let counts: [String: Int]
    /// First headings of the newer edition's pages by path.
    let titles: [String: String]

    /// Read once, because that takes a while in a debug build.
    static let shared = Task {
        if let data = TestData.directory { return try await fastAPI(data + "/docs") }
        return try git()
    }

    struct Failure: Error {}

    private static func parse(_ bytes: [UInt8], _ path: String) throws -> PageContent {
        try DocumentParser.parse(bytes: bytes, contentType: "text/html", url: "http://127.0.0.1:8000" + path)
    }

    private static func read(_ file: String) throws -> [UInt8] { try Array(Data(contentsOf: URL(filePath: file))) }
}

// MARK: FastAPI

extension RealSet {
    /// What `fastapi-delta-expected.json` says.
    private struct Expectation: Decodable {
        struct Page: Decodable {
            let in_sitemap: Bool
            let h1: String?
        }
        struct Delta: Decodable {
            let changed_text: [String]
            let counts_sitemap_pages_only: [String: Int]
        }
        let pages: [String: [String: Page]]
        let deltas: [String: Delta]
    }

    private static func fastAPI(_ data: String) async throws -> RealSet {
        let expected = try JSONDecoder().decode(Expectation.self, from: Data(read(data + "/fastapi-delta-expected.json")))
        guard let delta = expected.deltas["0.137.0..0.141.1"] else { throw Failure() }
        func listed(_ release: String) -> Set<String> { Set((expected.pages[release] ?? [:]).filter(\.value.in_sitemap).keys) }
        return RealSet(
            older: try await pages("0.137.0", data), newer: try await pages("0.141.1", data), changed: Set(delta.changed_text),
            listedOlder: listed("0.137.0"), listedNewer: listed("0.141.1"), counts: delta.counts_sitemap_pages_only,
            titles: (expected.pages["0.141.1"] ?? [:]).compactMapValues(\.h1).filter { !$0.value.isEmpty })
    }

    /// Unpacks a release into a temporary folder and reads its pages.
    private static func pages(_ release: String, _ data: String) async throws -> [String: PageContent] {
        let name = "fastapi-docs-\(release)"
        return try await withTemporaryDirectory { folder in
            try unpack("\(data)/\(name)-html.tar.xz", into: folder)
            let root = "\(folder)/\(name)/"
            var pages: [String: PageContent] = [:]
            for file in try FileManager.default.subpathsOfDirectory(atPath: root) where file.hasSuffix(".html") {
                let path = "/" + (file.hasSuffix("index.html") ? String(file.dropLast("index.html".count)) : file)
                pages[path] = try parse(read(root + file), path)
            }
            return pages
        }
    }

    private static func unpack(_ archive: String, into folder: String) throws {
        var process: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = unsafe []
        unsafe arguments = ["tar", "-xJf", archive, "-C", folder].map { (text: String) in unsafe strdup(text) }
        unsafe arguments.append(nil)
        defer { for index in unsafe arguments.indices { unsafe free(arguments[index]) } }
        guard unsafe posix_spawnp(&process, "tar", nil, nil, arguments, environ) == 0 else { throw Failure() }
        var status: Int32 = 0
        guard unsafe waitpid(process, &status, 0) == process, status == 0 else { throw Failure() }
    }
}

// MARK: Debian's documentation of git

extension RealSet {
    private static func git() throws -> RealSet {
        guard let folder = TestData.installedDocumentation else { throw Failure() }
        let changed: Set = ["/git-add.html", "/git-commit.html", "/git-rebase.html", "/git-diff.html", "/gitignore.html"]
        var (older, newer): ([String: PageContent], [String: PageContent]) = ([:], [:])
        var titles: [String: String] = [:]
        for file in try FileManager.default.contentsOfDirectory(atPath: folder) where file.hasSuffix(".html") {
            let (path, bytes) = ("/" + file, try read("\(folder)/\(file)"))
            older[path] = try parse(bytes, path)
            if path == "/git-annotate.html" { continue }
            var text = String(decoding: bytes, as: UTF8.self)
            if changed.contains(path) {
                text = text.replacing("<div id=\"content\">", with: "<div id=\"content\"><p>A test added this.</p>", maxReplacements: 1)
            } else {
                // Links that lead elsewhere are no change of the text.
                text = text.replacing("href=\"gitglossary.html", with: "href=\"glossary.html")
            }
            newer[path] = try parse(Array(text.utf8), path)
            titles[path] = heading(of: text)
        }
        newer["/zebrafish.html"] = try parse(Array("<html><body><h1>Zebrafish</h1><p>A fish.</p></body></html>".utf8), "/zebrafish.html")
        guard older.count > 200, titles.count > 150, changed.isSubset(of: older.keys) else { throw Failure() }
        return RealSet(
            older: older, newer: newer, changed: changed, listedOlder: Set(older.keys), listedNewer: Set(newer.keys),
            counts: [
                "added": 1, "removed": 1, "changed_text": changed.count, "unchanged_text": older.count - 1 - changed.count,
            ], titles: titles)
    }

    /// The text of the first `h1` that holds no other element.
    private static func heading(of html: String) -> String? {
        guard let open = html.ranges(of: "<h1>").first, let close = html[open.upperBound...].ranges(of: "</h1>").first else { return nil }
        let text = html[open.upperBound..<close.lowerBound]
        return text.utf8.contains { $0 == 0x3c || $0 == 0x26 } ? nil : String(text)
    }
}
