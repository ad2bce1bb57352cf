import APIModel
import FoundationEssentials
import Testing

@Suite struct APIModelTests {
    private let date = Date(timeIntervalSince1970: 1_767_225_599.5)

    private func roundTrip<Value: Codable & Equatable>(_ value: Value) throws -> String {
        let bytes = try WireJSON.encode(value)
        #expect(try WireJSON.decode(Value.self, from: bytes) == value)
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test func `A request to ingest has the keys of the contract and leaves out what is nil`() throws {
        let full = StartIngestionRequest(
            webURL: "https://docs.example.org/a", crawlDepth: 2, includePatterns: ["*/a/*"], excludePatterns: [], library: "example",
            version: "2.1", retryOf: "j")
        let text = try roundTrip(full)
        #expect(
            text
                == #"{"crawl_depth":2,"exclude_patterns":[],"include_patterns":["*/a/*"],"library":"example","retry_of":"j","version":"2.1","#
                + #""web_url":"https://docs.example.org/a"}"#)
        #expect(try roundTrip(StartIngestionRequest(webURL: "u")) == #"{"web_url":"u"}"#)
    }

    @Test func `A job has the keys of the contract and dates with milliseconds`() throws {
        var job = JobDetail(
            id: "j", documentationID: "d", library: "l", version: "v", webURL: "u", status: .failed, correlationID: "c", createdAt: date)
        job.error = JobFailure(code: "E_DNS_FAIL", message: "m", hint: "h")
        job.stageTimings = ["crawling": 1.5]
        job.pagesByOutcome = ["fetched": 3]
        (job.startedAt, job.finishedAt) = (date, date)
        let text = try roundTrip(job)
        for key in [
            "id", "documentation_id", "library", "version", "web_url", "status", "progress_percent", "pages_processed",
            "pages_by_outcome", "sections_changed", "sections_unchanged", "sections_deleted", "pages_held_back", "chunks_embedded",
            "chunks_reused",
            "stop_requested", "error", "stage_timings", "correlation_id", "created_at", "started_at", "finished_at",
        ] { #expect(text.contains("\"\(key)\":"), "\(key)") }
        #expect(text.contains(#""created_at":"2025-12-31T23:59:59.500Z""#))
        #expect(text.contains(#""status":"FAILED""#))
    }

    @Test func `A search reply has the keys of the contract`() throws {
        let hit = SearchHit(
            url: "u", title: "t", headingPath: ["a", "b"], excerpt: "e", score: 0.5, fetchedAt: date, sectionURI: "s", library: "l",
            version: "v")
        let text = try roundTrip(
            SearchResponse(
                items: [hit], searchMode: .keywordFallback, total: 9, isPartial: true, nextCursor: "n", isDegraded: true, reasons: ["r"]))
        #expect(
            text
                == #"{"degraded":true,"items":[{"excerpt":"e","fetched_at":"2025-12-31T23:59:59.500Z","heading_path":["a","b"],"#
                + #""library":"l","score":0.5,"section_uri":"s","title":"t","url":"u","version":"v"}],"next_cursor":"n","#
                + #""partial":true,"reasons":["r"],"search_mode":"keyword_fallback","total":9}"#)
    }

    @Test func `The values of the library come back as they went out`() throws {
        let summary = DocumentationSummary(
            id: "d", library: "l", version: "v", url: "u", title: "t", sectionCount: 1, jobCount: 2, lastJobStatus: .completed,
            lastSynced: date, embeddingModel: "m", embeddingDimension: 384, createdAt: date)
        let section = SectionSummary(uri: "s", path: "/p", title: "t", summary: "x", level: 1, tokens: 2, url: "u")
        let meta = PageMeta(total: 1, limit: 20, offset: 0)
        _ = try roundTrip(DocumentationList(items: [summary], meta: meta))
        _ = try roundTrip(DocumentationDetail(documentation: summary, sections: [section], meta: meta))
        _ = try roundTrip(
            DocumentationTree(
                documentationID: "d",
                nodes: [TreeNode(path: "/", title: "r", uri: "s", children: [TreeNode(path: "/a", title: "a", uri: "s")])]))
        _ = try roundTrip(
            SectionContent(
                uri: "s", path: "/p", url: "u", title: "t", headingPath: [], content: "c", isTruncated: true, fetchedAt: date, links: ["l"],
                tags: ["t"])
        )
        _ = try roundTrip(
            LibraryList(
                items: [LibraryDetail(name: "l", isPrivate: false, versions: [.init(version: "v", isLatest: true, documentationCount: 1)])],
                meta: meta))
        _ = try roundTrip(
            SourceList(
                items: [
                    SourceDetail(
                        id: "s", kind: "web", documentationID: "d", library: "l", version: "v", rootURL: "u", options: ["o": "v"],
                        crawlDepth: 3, includePatterns: [], excludePatterns: ["x"], state: "IDLE", pollIntervalSeconds: 300,
                        schedule: nil, isPaused: false, isSyncRequested: true, cursor: "c", nextPollAt: date, polledAt: nil,
                        error: nil, received: 1, queued: 2, errors: 0, createdAt: date)
                ], meta: meta))
        _ = try roundTrip(
            PageOutcomeList(items: [PageOutcome(url: "u", depth: 1, outcome: "robots", reason: "r", status: 200)], meta: meta))
    }

    @Test(arguments: ["2026-01-31T23:59:59Z", "2026-01-31T23:59:59.000Z", "2026-02-01T00:59:59+01:00"])
    func `Dates are read with and without fractions and with offsets`(text: String) {
        #expect(WireJSON.date(of: text) == Date(timeIntervalSince1970: 1_769_903_999))
    }

    @Test(arguments: ["", "yesterday", "2026-01-31", "2026-13-01T00:00:00Z", "1769903999"])
    func `What is no date is refused`(text: String) {
        #expect(WireJSON.date(of: text) == nil)
        #expect(throws: DecodingError.self) { try WireJSON.decode([Date].self, from: Array("[\"\(text)\"]".utf8)) }
    }

    @Test func `There are 19 categories of problems`() { #expect(ProblemCategory.allCases.count == 19) }

    @Test(arguments: [
        (ProblemCategory.validation, 400, "validation"), (.inputSanitization, 400, "input_sanitization"),
        (.authentication, 401, "authentication"), (.authorization, 403, "authorization"), (.security, 403, "security_error"),
        (.notFound, 404, "not_found"), (.conflict, 409, "conflict"), (.rateLimited, 429, "rate_limited"), (.cancelled, 499, "cancelled"),
        (.internal, 500, "internal"), (.model, 500, "model"), (.network, 500, "network"), (.configuration, 500, "configuration"),
        (.circuitOpen, 503, "circuit_open"), (.serviceUnavailable, 503, "service_unavailable"), (.voiceService, 503, "voice_service"),
        (.timeout, 504, "timeout"), (.memoryLimit, 507, "memory_limit"), (.resourceExhausted, 507, "resource_exhausted"),
    ])
    func `Each category has its status and its name`(category: ProblemCategory, status: Int, name: String) throws {
        let problem = Problem(category, code: "E_TEST", message: "m", timestamp: date)
        let text = try roundTrip(problem)
        #expect(problem.status == status && problem.httpStatus == status)
        #expect(text.contains("\"category\":\"\(name)\""))
        #expect(text.contains("\"type\":\"urn:portolan:problem:\(name)\""))
    }

    @Test func `A problem has both vocabularies, and a status of its own when it needs one`() throws {
        let problem = Problem(
            .validation, code: "E_VALIDATION", message: "m", status: 422, timestamp: date, details: ["field": "crawl_depth"],
            recoverySuggestion: "h", requestID: "r", instance: "/v1/search")
        let text = try roundTrip(problem)
        #expect(
            text
                == #"{"category":"validation","detail":"m","details":{"field":"crawl_depth"},"error_code":"E_VALIDATION","http_status":422,"#
                + #""instance":"/v1/search","message":"m","recovery_suggestion":"h","request_id":"r","status":422,"#
                + #""timestamp":"2025-12-31T23:59:59.500Z","title":"The request is not valid","type":"urn:portolan:problem:validation"}"#)
    }
}
