import Connectors
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `Repositories on GitHub` {
    private static let files = [
        "README.md": "# Hello", "docs/a.md": "# A\n\n[B](sub/b.markdown)", "docs/sub/b.markdown": "# B",
        "docs/c.html": "<h1>C</h1><a href=\"a.md\">A</a>",
        "docs/notes.txt": "notes", "src/main.swift": "print()", "docs/image.png": "png",
    ]

    /// Runs `body` against a repository.
    private func with<Result>(
        _ hub: GitHubStandIn = GitHubStandIn(files: files), options: [String: String] = [:],
        location: String = "https://github.com/Octocat/Hello-World", credentials: CredentialStore = CredentialStore(directory: nil),
        pauses: Locked<[Duration]> = Locked([]), _ body: (GitHubStandIn, ProviderWalk, LoopbackHTTPServer) async throws -> Result
    ) async throws -> Result {
        try await LoopbackHTTPServer.withServer {
            hub.respond(to: $0)
        } body: { server in
            let fetcher = try HTTPFetcher()
            defer { fetcher.close() }
            let connector = GitHubConnector(
                fetcher: fetcher, policy: ProviderWalk.policy, gates: GateRegistry(), credentials: credentials, timing: .recording(pauses))
            let walk = ProviderWalk(
                connector: connector, location: location, options: options.merging(["api_url": server.url]) { $1 })
            return try await body(hub, walk, server)
        }
    }

    private func blobs(_ server: LoopbackHTTPServer) -> Int { server.requests.count { $0.path.contains("/git/blobs/") } }

    @Test func `every file with a wanted ending becomes a page under the address that people see`() async throws {
        try await with { hub, walk, server in
            let report = try await walk.run()
            let blob = "/octocat/hello-world/blob/main"
            #expect(report.read == ["\(blob)/README.md", "\(blob)/docs/a.md", "\(blob)/docs/c.html", "\(blob)/docs/sub/b.markdown"])
            #expect(report.pages.map(\.url.host.text) == Array(repeating: "github.com", count: 4))
            #expect(report.pages.map(\.contentType) == [.markdown, .markdown, .html, .markdown])
            #expect(String(decoding: report.pages[1].body, as: UTF8.self) == Self.files["docs/a.md"])
            #expect(report.outcome("\(blob)/docs/c.html")?.links == ["https://github.com\(blob)/docs/a.md"])
            #expect(report.summary?.isComplete == true)
            #expect(report.summary?.counts == [.fetched: 4])
            #expect(server.requests.allSatisfy { $0["x-github-api-version"] == "2022-11-28" && $0["authorization"] == nil })
        }
    }

    @Test func `what was created, changed, renamed and deleted is what a second walk reads`() async throws {
        try await with { hub, walk, server in
            let first = try await walk.run()
            let known = ProviderWalk.known(after: first)
            let before = blobs(server)
            hub.commit("docs/new.md", text: "# New")
            hub.commit("docs/a.md", text: "# A, again")
            hub.rename("docs/sub/b.markdown", to: "docs/moved.markdown")
            hub.commit("README.md", text: nil)
            let second = try await walk.run(known: known)
            let blob = "/octocat/hello-world/blob/main/docs"
            #expect(second.read == ["\(blob)/a.md", "\(blob)/moved.markdown", "\(blob)/new.md"])
            #expect(second.summary?.counts == [.fetched: 3, .notModified: 1])
            #expect(second.summary?.isComplete == true)
            #expect(blobs(server) - before == 3)
            #expect(second.outcome("/octocat/hello-world/blob/main/README.md") == nil)
            let third = try await walk.run(known: ProviderWalk.known(after: second, known))
            #expect(third.summary?.counts == [.notModified: 4])
        }
    }

    @Test func `ten thousand unchanged files cost three requests and no content`() async throws {
        let files = Dictionary(uniqueKeysWithValues: (0..<10_000).map { ("docs/\($0 / 100)/page-\($0).md", "# Page \($0)") })
        let hub = GitHubStandIn(files: files)
        try await with(hub) { hub, walk, server in
            let known = Dictionary(
                uniqueKeysWithValues: hub.hashes.map { ("/octocat/hello-world/blob/main/\($0.key)", KnownPage(etag: $0.value)) })
            let report = try await walk.run(known: known)
            #expect(report.summary?.counts == [.notModified: 10_000])
            #expect(report.summary?.isComplete == true)
            #expect(server.requests.map(\.path).allSatisfy { !$0.contains("/git/blobs/") })
            #expect(server.requests.count == 3)
        }
    }

    @Test func `the cursor is the head of the branch, and asking again costs none of the allowance`() async throws {
        try await with(options: ["branch": "main"]) { hub, walk, server in
            hub.behave { $0.allowance = 2 }
            let head = try await walk.cursor()
            #expect(head == hub.head)
            for _ in 0..<3 {
                let again = try await walk.cursor()
                #expect(again == hub.head)
            }
            #expect(server.requests.dropFirst().allSatisfy { $0["if-none-match"] != nil })
            hub.commit("docs/a.md", text: "# Changed")
            let moved = try await walk.cursor()
            #expect(moved == hub.head)
        }
    }

    @Test func `a tree that is cut off is walked folder by folder`() async throws {
        let files = Dictionary(uniqueKeysWithValues: (0..<60).map { ("d\($0 / 20)/e\($0 / 10)/p\($0).md", "# \($0)") })
        try await with(GitHubStandIn(files: files)) { hub, walk, server in
            hub.behave { $0.treeLimit = 15 }
            let report = try await walk.run()
            #expect(report.pages.count == 60)
            #expect(report.summary?.isComplete == true)
            #expect(server.requests.count { $0.path.contains("/git/trees/") } > 6)
        }
    }

    @Test func `six thousand files in trees that are cut off are all found`() async throws {
        let files = Dictionary(uniqueKeysWithValues: (0..<6_000).map { ("docs/\($0 / 100)/page-\($0).md", "# Page \($0)") })
        try await with(GitHubStandIn(files: files)) { hub, walk, server in
            hub.behave { $0.treeLimit = 1_000 }
            let known = Dictionary(
                uniqueKeysWithValues: hub.hashes.map { ("/octocat/hello-world/blob/main/\($0.key)", KnownPage(etag: $0.value)) })
            let report = try await walk.run(known: known)
            #expect(report.summary?.counts == [.notModified: 6_000])
            #expect(report.summary?.isComplete == true)
            #expect(blobs(server) == 0)
        }
    }

    @Test(arguments: [
        ("https://github.com/octocat/hello-world/tree/main/docs", [:]), ("https://github.com/octocat/hello-world", ["docs_path": "/docs/"]),
        ("https://github.com/octocat/hello-world/tree/main", ["docs_path": "docs", "branch": "main"]),
    ])
    func `a folder is read alone`(location: String, options: [String: String]) async throws {
        try await with(options: options, location: location) { _, walk, server in
            let report = try await walk.run()
            #expect(report.pages.count == 3)
            #expect(!report.read.contains { $0.hasSuffix("README.md") })
        }
    }

    @Test func `a folder that is not there is a fault and deletes nothing`() async throws {
        try await with(options: ["docs_path": "doc"]) { _, walk, _ in
            let fault = await #expect(throws: Fault.self) { try await walk.run() }
            #expect(fault?.category == .notFound)
            #expect(fault?.isTransient == false)
        }
    }

    @Test func `listed endings add plain text, globs choose pages, the cap leaves the walk incomplete`() async throws {
        try await with(options: ["extensions": ".txt, .MD"]) { _, walk, _ in
            let report = try await walk.run()
            #expect(report.pages.map(\.contentType) == [.markdown, .markdown, .plain])
            var chosen = walk
            chosen.exclude = ["**/docs/**"]
            let chosenReport = try await chosen.run()
            #expect(chosenReport.summary?.counts == [.fetched: 1, .skipped: 2])
            var capped = walk
            capped.maximumPages = 2
            let summary = try await capped.run().summary
            #expect(summary?.hitCap == true)
            #expect(summary?.isComplete == false)
        }
    }

    @Test func `empty files, large files, pointers and links are outcomes with their reasons`() async throws {
        let hub = GitHubStandIn(files: ["ok.md": "# Ok", "empty.md": "", "large.md": String(repeating: "x", count: 5000)])
        hub.commit("lfs.md", text: "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n")
        hub.commit("link.md", Array("ok.md".utf8), mode: "120000")
        try await with(hub) { hub, walk, server in
            var walk = walk
            walk.change = { $0.pageSize = .kibibytes(4) }
            let report = try await walk.run()
            #expect(report.pages.count == 1)
            let reasons = report.outcomes.map {
                "\($0.url.path.split(separator: "/").last ?? ""): \($0.kind) \($0.reason) \($0.detail ?? "")"
            }
            #expect(
                reasons == [
                    "empty.md: skipped contentType E_EMPTY: The file is empty.",
                    "large.md: failed tooLarge E_FILE_SIZE: The file has 5000 bytes.",
                    "lfs.md: skipped contentType E_CONTENT_TYPE: The file is a pointer; Git LFS keeps its content elsewhere.",
                    "ok.md: fetched ok ", "link.md: skipped duplicate E_SYMLINK: The file is a symbolic link.",
                ])
            #expect(report.summary?.isComplete == true)
            #expect(blobs(server) == 2)
        }
    }

    @Test func `odd names come back from the address`() async throws {
        let files = ["docs/ä b#c?.md": "# 1", "docs/100%.md": "# 2", "docs/a+b.md": "# 3"]
        try await with(GitHubStandIn(branch: "feature/x", files: files)) { _, walk, _ in
            let report = try await walk.run()
            #expect(report.read.allSatisfy { $0.hasPrefix("/octocat/hello-world/blob/feature/x/docs/") })
            #expect(
                Set(report.read.map { String($0.split(separator: "/").last ?? "") }) == ["%C3%A4%20b%23c%3F.md", "100%25.md", "a+b.md"])
        }
    }

    @Test func `bytes that are no UTF-8 are handed on as they are`() async throws {
        let hub = GitHubStandIn()
        hub.commit("latin.md", [0x23, 0x20, 0xE4, 0xF6, 0xFC])
        try await with(hub) { hub, walk, _ in
            let raw = try await walk.run()
            #expect(raw.pages.map(\.body) == [[0x23, 0x20, 0xE4, 0xF6, 0xFC]])
            hub.behave { $0.sendsBase64 = true }
            let encoded = try await walk.run()
            #expect(encoded.pages.map(\.body) == [[0x23, 0x20, 0xE4, 0xF6, 0xFC]])
        }
    }

    @Test func `a renamed repository is followed to where it is`() async throws {
        try await with { hub, walk, _ in
            hub.behave { $0.isMoved = true }
            let report = try await walk.run()
            #expect(report.pages.count == 4)
        }
    }

    @Test func `a walk that was interrupted goes on without reading a page twice`() async throws {
        struct Stop: Error {}
        try await with { _, walk, server in
            var seen: [PageOutcome] = []
            await #expect(throws: Stop.self) {
                _ = try await walk.run { outcome in
                    seen.append(outcome)
                    if seen.count == 2 { throw Stop() }
                }
            }
            let report = try await walk.run(visited: seen)
            #expect(report.outcomes.count == 2)
            #expect(report.summary?.counts == [.fetched: 4])
        }
    }

    @Test(.enabled(if: TestData.isExpected))
    func `the published answers are understood`() async throws {
        let folder = try TestData.path("payloads/github/rest-examples")
        let branch = try #require(FileManager.default.contents(atPath: "\(folder)/repos_branch.json"))
        let tree = try #require(FileManager.default.contents(atPath: "\(folder)/tree.json"))
        try await with { hub, walk, server in
            hub.behave { $0.instead = [("/branches/", .bytes(Array(branch))), ("/git/trees/", .bytes(Array(tree)))] }
            let report = try await walk.run()
            #expect(report.summary == CrawlSummary(isComplete: true, hitCap: false, root: try SiteURL(walk.settings.rootURL)))
            #expect(server.requests.last?.path.hasSuffix("/git/trees/b4eecafa9be2f2006ce1b709d6857b07069b4608") == true)
        }
    }
}
