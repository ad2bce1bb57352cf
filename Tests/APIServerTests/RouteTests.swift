import APIClient
import APIModel
import Domain
import Fetch
import MCP
import Testing

@Suite(.sharedEdge) struct `Routes` {
    private let edge: Edge

    init() throws { edge = try #require(Edge.current) }

    @Test func `Documentations are listed with totals, by library and version`() async throws {
        let all = try await edge.client.documentations()
        #expect(all.items.map(\.version) == ["1.0", "2.0"] && all.meta == PageMeta(total: 2, limit: 20, offset: 0))
        #expect(all.items[0].sectionCount == 35 && all.items[0].title == "The guide" && all.items[0].lastJobStatus == .completed)
        let one = try await edge.client.documentations(library: "guide", version: "2.0", limit: 1, offset: 0)
        #expect(one.items.map(\.version) == ["2.0"] && one.meta.total == 1)
        #expect(try await edge.client.documentations(limit: 1, offset: 1).items.map(\.version) == ["2.0"])
        #expect(try await edge.client.documentations(library: "none").items.isEmpty)
    }

    @Test func `A documentation comes with a page of its sections`() async throws {
        let detail = try await edge.get("/v1/documentation/\(edge.guide)?start_path=/tutorial&limit=2&offset=1").decoded(
            DocumentationDetail.self)
        #expect(detail.sections.map(\.path) == ["/tutorial#install", "/tutorial/first-steps"])
        #expect(detail.meta == PageMeta(total: 3, limit: 2, offset: 1) && detail.documentation.library == "guide")
    }

    @Test func `The tree nests pages by path and sections below their page`() async throws {
        let tree = try await edge.client.tree(edge.guide.description)
        #expect(tree.nodes.map(\.path) == ["/"])
        #expect(tree.nodes[0].children.map(\.path) == ["/reference/index.html", "/tutorial"])
        #expect(tree.nodes[0].children[1].children.map(\.path) == ["/tutorial#install", "/tutorial/first-steps"])
        #expect(tree.nodes[0].children[0].children.count == 30)
        let part = try await edge.client.tree(edge.guide.description, path: "/tutorial", depth: 1)
        #expect(part.nodes.map(\.path) == ["/tutorial"] && part.nodes[0].children.isEmpty)
        #expect(try await edge.get("/v1/documentation/\(edge.guide)/tree?path=/nowhere").status == 404)
    }

    @Test func `Content is whole, or cut at a budget with its fence closed`() async throws {
        let whole = try await edge.client.content(edge.guide.description, path: "/tutorial#install")
        #expect(whole.content.contains(Seed.fence) && !whole.isTruncated && whole.fetchedAt == Seed.fetchedAt)
        #expect(whole.links.isEmpty && whole.headingPath.count == 2)
        #expect(whole.uri == "portolan://documentation/\(edge.guide)/section/tutorial#install")
    }

    @Test func `The links of a section are those of its Markdown`() async throws {
        #expect(try await edge.client.content(edge.guide.description, path: "/").links == Seed.targets)
    }

    @Test func `Unchanged content is not sent twice`() async throws {
        let path = "/v1/documentation/\(edge.guide)/content?path=/tutorial"
        let first = try await edge.get(path)
        let tag = try #require(first.headers["ETag"])
        let second = try await edge.get(path, ["If-None-Match": tag])
        #expect(second.status == 304 && second.body.isEmpty && second.headers["ETag"] == tag)
        #expect(try await edge.get(path, ["If-None-Match": "\"other\""]).status == 200)
        #expect(try await edge.get(path + "&max_tokens=100", ["If-None-Match": "\"x\", \(tag)"]).status == 304)
    }

    @Test func `Search finds sections and says how, with pages that do not overlap`() async throws {
        let reply = try await edge.client.search("portolan-setup installer", library: "guide", version: "1.0")
        let hit = try #require(reply.items.first)
        #expect(hit.url == "https://docs.example.com/tutorial#install" && hit.library == "guide" && hit.version == "1.0")
        #expect(reply.searchMode == .keywordFallback && reply.isDegraded && reply.reasons == ["embedder_not_configured"])
        let first = try await edge.client.search("gadgets", documentationID: edge.guide.description, limit: 20)
        let second = try await edge.client.search(
            "gadgets", documentationID: edge.guide.description, limit: 20, cursor: first.nextCursor)
        #expect(first.items.count + second.items.count == 31 && first.total == 31 && second.nextCursor == nil)
        #expect(Set(first.items.map(\.sectionURI)).isDisjoint(with: second.items.map(\.sectionURI)))
        #expect(try await edge.get("/v1/documentation/\(edge.guide)/search?q=gadgets").json["total"] == 31)
    }

    @Test func `A cursor of another query is refused`() async throws {
        let first = try await edge.client.search("gadgets", limit: 5)
        let reply = try await edge.get("/v1/search?q=tutorial&cursor=\(first.nextCursor ?? "")")
        #expect(reply.status == 422 && reply.problem?.details["field"] == "cursor")
    }

    @Test func `An unknown version is answered with those that exist`() async throws {
        let reply = try await edge.get("/v1/search?q=gadgets&library=guide&version=9")
        #expect(reply.status == 404 && reply.problem?.recoverySuggestion?.contains("1.0, 2.0") == true, "\(reply)")
    }

    @Test func `Libraries and sources are listed`() async throws {
        let libraries = try await edge.get("/v1/libraries").decoded(LibraryList.self)
        #expect(libraries.items.map(\.name) == ["guide"] && libraries.items[0].versions.map(\.version) == ["2.0", "1.0"])
        #expect(libraries.items[0].versions.map(\.isLatest) == [true, false])
        let sources = try await edge.client.sources(limit: 1, offset: 1)
        #expect(sources.meta.total == 2 && sources.items.map(\.version) == ["2.0"])
        #expect(sources.items[0].kind == "website" && sources.items[0].includePatterns == ["/**"])
    }

    @Test func `Jobs are listed newest first, one by one, and with their pages`() async throws {
        let jobs = try await edge.client.jobs(status: .completed, skip: 0, limit: 1)
        #expect(jobs.items.map(\.version) == ["2.0"] && jobs.total == 2 && jobs.limit == 1)
        let job = try await edge.client.job(jobs.items[0].id)
        #expect(job.status == .completed && job.progressPercent == 100 && job.correlationID == "seed")
        #expect(try await edge.get("/v1/jobs/\(job.id)").body == edge.get("/v1/documentation/ingestion/\(job.id)").body)
        let pages = try await edge.client.pageOutcomes(job.id)
        #expect(pages.items.map(\.outcome) == ["fetched", "skipped"] && pages.items[1].reason == "robots")
        #expect(try await edge.client.pageOutcomes(job.id, outcome: "skipped", limit: 1).meta.total == 1)
        let ofGuide = try await edge.get("/v1/jobs?documentation_id=\(edge.guide)")
        #expect(ofGuide.json["total"] == 1)
    }

    @Test(arguments: [
        "/v1/documentation/0198c0de-0000-7000-8000-000000000000", "/v1/documentation/no-uuid", "/v1/documentation/no-uuid/tree",
        "/v1/documentation/0198c0de-0000-7000-8000-000000000000/tree",
        "/v1/documentation/0198c0de-0000-7000-8000-000000000000/content?path=/",
        "/v1/documentation/0198c0de-0000-7000-8000-000000000000/search?q=word", "/v1/search?q=word&library=none",
        "/v1/documentation/ingestion/0198c0de-0000-7000-8000-000000000000", "/v1/jobs/x",
        "/v1/jobs/0198c0de-0000-7000-8000-000000000000/pages", "/v1/nothing", "/v1/documentation/", "//v1/search", "/v1/%zz",
    ])
    func `What does not exist is not found`(path: String) async throws {
        let reply = try await edge.get(path)
        #expect(reply.status == 404 && reply.problem?.category == .notFound, "\(reply)")
    }

    @Test(arguments: [
        ("DELETE", "/v1/documentation/ingestion", "GET, HEAD, OPTIONS, POST"), ("POST", "/v1/search", "GET, HEAD, OPTIONS"),
        ("PUT", "/v1/documentation/x", "DELETE, GET, HEAD, OPTIONS"), ("POST", "/health", "GET, HEAD, OPTIONS"),
    ])
    func `Another method is answered with those that are allowed`(method: String, path: String, allowed: String) async throws {
        let reply = try await edge.send(method, path)
        #expect(reply.status == 405 && reply.headers["Allow"] == allowed && reply.problem?.errorCode == "E_METHOD", "\(reply)")
    }

    @Test(arguments: ["/health", "/version", "/v1/libraries", "/v1/search?q=gadgets"])
    func `HEAD gives the head of GET`(path: String) async throws {
        let (head, get) = (try await edge.send("HEAD", path), try await edge.get(path))
        #expect(head.status == get.status && head.body.isEmpty && head.headers["Content-Type"] == get.headers["Content-Type"])
        #expect(head.headers["Content-Length"].flatMap(Int.init) ?? 0 > 0)
    }

    @Test func `Health and version ask for no token and tell no secret`() async throws {
        let health = try await edge.send("GET", "/health", token: nil)
        #expect(health.status == 200 && health.json["status"] == "healthy" && health.json["components"]?[0]?["name"] == "postgres")
        let version = try await edge.send("GET", "/version", token: nil)
        #expect(version.status == 200 && version.json["version"] == "1.2.3")
    }
}
