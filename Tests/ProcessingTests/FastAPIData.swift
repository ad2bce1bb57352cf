import Domain
import FoundationEssentials
import Glibc
import TestSupport

@testable import Processing

/// The FastAPI documentation in two releases, where the test data is there.
enum FastAPIData {
    static let isPresent = TestData.directory != nil

    /// The pages of the two releases by path; read once, because that takes a while in a debug build.
    static let older = Task { try await pages("0.137.0") }
    static let newer = Task { try await pages("0.141.1") }

    /// Unpacks a release into a temporary folder and reads its pages.
    private static func pages(_ release: String) async throws -> [String: PageContent] {
        let name = "fastapi-docs-\(release)"
        return try await withTemporaryDirectory { folder in
            try unpack("\(TestData.directory!)/docs/\(name)-html.tar.xz", into: folder)
            let root = "\(folder)/\(name)/"
            var pages: [String: PageContent] = [:]
            for file in try FileManager.default.subpathsOfDirectory(atPath: root) where file.hasSuffix(".html") {
                let path = "/" + (file.hasSuffix("index.html") ? String(file.dropLast("index.html".count)) : file)
                let bytes = try Array(Data(contentsOf: URL(filePath: root + file)))
                pages[path] = try DocumentParser.parse(bytes: bytes, contentType: "text/html", url: "http://127.0.0.1:8000" + path)
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

    private struct Failure: Error {}
}

/// What `fastapi-delta-expected.json` says about the two releases.
struct ExpectedDelta: Decodable {
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

    static func load() throws -> ExpectedDelta {
        let data = try Data(contentsOf: URL(filePath: TestData.directory! + "/docs/fastapi-delta-expected.json"))
        return try JSONDecoder().decode(ExpectedDelta.self, from: data)
    }
}
