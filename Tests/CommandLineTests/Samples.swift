import APIModel
import FoundationEssentials

/// Values that the tests' servers answer with.
enum Samples {
    static let date = Date(timeIntervalSince1970: 1_767_225_599)
    static let documentation = "01890a5d-ac96-774b-bcce-b302099a8057"

    static func job(_ status: JobState = .crawling, percent: Int = 10, pages: Int = 3) -> JobDetail {
        var job = JobDetail(
            id: "job-1", documentationID: documentation, library: "fastapi", version: "0.141.1", webURL: "https://docs.example.org/",
            status: status, progressPercent: percent, pagesProcessed: pages, correlationID: "c-1", createdAt: date)
        job.startedAt = date.addingTimeInterval(1)
        return job
    }

    static func completed() -> JobDetail {
        var job = job(.completed, percent: 100, pages: 4)
        job.pagesByOutcome = ["fetched": 2, "failed": 1, "skipped": 1]
        (job.sectionsChanged, job.sectionsUnchanged, job.sectionsDeleted) = (5, 2, 1)
        (job.chunksEmbedded, job.chunksReused) = (7, 3)
        job.stageTimings = ["indexing": 0.25, "crawling": 1.5, "embedding": 2.04]
        job.finishedAt = date.addingTimeInterval(5.5)
        return job
    }

    static func failed() -> JobDetail {
        var job = job(.failed)
        job.error = JobFailure(code: "E_DNS_FAIL", message: "The host has no address", hint: "Check the name.")
        return job
    }

    static let verification = VerificationDetail(
        jobID: "job-1", documentationID: documentation, verifiedAt: date, readyForQueries: false,
        problems: [.init(code: "E_VERIFY_CHUNKS", message: "2 sections have no chunks.")], pages: 3,
        sections: .init(stored: 7, published: 7), sectionsWithoutPage: 0, sectionsWithoutChunks: 2,
        chunks: .init(stored: 10, published: 12), embeddingModel: "MiniLM", chunksWithoutVector: 0, terms: .init(stored: 90, published: 90),
        samples: [
            .init(
                query: "Tutorial first steps", path: "/tutorial", url: "https://docs.example.org/tutorial", rank: 1, confidence: 0.9,
                evidence: "First steps", searchMode: "hybrid")
        ])

    static let outcomes = [
        PageOutcome(url: "https://docs.example.org/", depth: 0, outcome: "fetched", reason: "ok", status: 200),
        PageOutcome(url: "https://docs.example.org/private", depth: 1, outcome: "skipped", reason: "robots"),
        PageOutcome(url: "https://docs.example.org/broken", depth: 1, outcome: "failed", reason: "status", status: 500),
    ]

    static let summary = DocumentationSummary(
        id: documentation, library: "fastapi", version: "0.141.1", url: "https://docs.example.org/", title: "FastAPI", sectionCount: 42,
        jobCount: 1, lastJobStatus: .completed, lastSynced: date, createdAt: date)

    static let tree = DocumentationTree(
        documentationID: documentation,
        nodes: [
            TreeNode(
                path: "/", title: "FastAPI", uri: "u",
                children: [
                    TreeNode(
                        path: "/tutorial", title: "Tutorial", uri: "u",
                        children: [TreeNode(path: "/tutorial/first-steps", title: "First steps", uri: "u")]),
                    TreeNode(path: "/advanced", title: "Advanced", uri: "u"),
                ]),
            TreeNode(path: "/about", title: "About", uri: "u"),
        ])

    static let content = SectionContent(
        uri: "portolan://documentation/\(documentation)/section/tutorial", path: "/tutorial", url: "https://docs.example.org/tutorial",
        title: "Tutorial", headingPath: ["FastAPI", "Tutorial"], content: "# Tutorial\n\nUse `fastapi dev`.\n\tindented\u{1B}[31m",
        fetchedAt: date,
        links: [])

    static let search = SearchResponse(
        items: [
            SearchHit(
                url: "https://docs.example.org/tutorial", title: "Tutorial", headingPath: ["FastAPI", "Tutorial"],
                excerpt: "Run the server\n with `fastapi dev`.", score: 0.87654, fetchedAt: date,
                sectionURI: "portolan://documentation/\(documentation)/section/tutorial", library: "fastapi", version: "0.141.1"),
            SearchHit(
                url: "https://docs.example.org/about", title: "About", headingPath: [], excerpt: "", score: 0.5, fetchedAt: date,
                sectionURI: "portolan://documentation/\(documentation)/section/about", library: "fastapi", version: "0.141.1"),
        ], searchMode: .hybrid, total: 9, isPartial: true, nextCursor: "abc")

    static func json(_ value: some Encodable) throws -> String { String(decoding: try WireJSON.encode(value), as: UTF8.self) }
}
