import Domain
import Postgres
import Primitives
import Resilience
import Retrieval
import TestSupport
import Testing

@Suite(.serialized) struct `The search service` {
    private static func texts(_ count: Int) -> [String] {
        (0..<count).map { number in
            "gadget " + ["install", "configure", "deploy", "observe"][number % 4] + " guide number \(number) "
                + (0..<(number % 9)).map { "gadget detail\($0)" }.joined(separator: " ")
        }
    }

    @Test func `Both legs answer, and the best page comes first`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", ["how to install the gadget", "the gadget has colors", "unrelated words here"])
            let answer = try await shelf.service().search(SearchQuery(text: "install gadget"), access: .all)
            #expect(answer.mode == .hybrid && answer.reasons == [] && !answer.isPartial)
            let hit = try #require(answer.hits.first)
            #expect(hit.section.path == "/lib/0" && hit.excerpt == "how to install the gadget" && hit.section.library == "lib")
            #expect(answer.hits.allSatisfy { $0.score >= 0 && $0.score <= 1 })
            #expect(zip(answer.hits, answer.hits.dropFirst()).allSatisfy { $0.score >= $1.score })
        }
    }

    @Test func `A question has its vector from the last minutes, then from the embedder, then from the last hour, then none`() async {
        let (time, isAway, recalls) = (Locked(ContinuousClock.now), Locked(false), Locked(0))
        let embedder = WordEmbedder {
            if isAway.withLock(\.self) { throw Fault(.network, code: "E_AWAY", "It is away.", isTransient: true) }
        }
        let embedding = QueryEmbedding(
            embedder: embedder, breaker: CircuitBreaker(name: "embedder"), timeout: .seconds(60),
            recent: .ofQuestions { time.withLock(\.self) }, onRecall: { recalls.withLock { $0 += 1 } })
        func expect(_ text: String, calls: Int, recalled: Int, reasons: [String] = []) async {
            let result = await embedding.vector(for: text)
            #expect((result.vector != nil) == reasons.isEmpty && result.reasons == reasons)
            if let vector = result.vector { #expect(vector == embedder.vector(text) && result.profile == embedder.profile) }
            #expect(embedder.calls == calls && recalls.withLock(\.self) == recalled)
        }
        func pass(_ seconds: Int) { time.withLock { $0 = $0.advanced(by: .seconds(seconds)) } }
        await expect("gadget", calls: 1, recalled: 0)
        pass(300)
        await expect("gadget", calls: 1, recalled: 1)
        pass(1)
        await expect("gadget", calls: 2, recalled: 1)
        isAway.withLock { $0 = true }
        pass(3600)
        await expect("gadget", calls: 3, recalled: 2)
        await expect("widget", calls: 4, recalled: 2, reasons: ["embedder_unavailable"])
        pass(1)
        await expect("gadget", calls: 5, recalled: 2, reasons: ["embedder_unavailable"])
    }

    @Test(arguments: [1, 7, 50], [nil, 600])
    func `A walk by cursor meets every result exactly once`(_ limit: Int, _ budget: Int?) async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", Self.texts(90))
            let service = shelf.service()
            let query = try SearchQuery(text: "gadget configure", limit: limit)
            var paths: [String] = []
            var cursor: String?
            var pages = 0
            repeat {
                let answer = try await service.search(query, cursor: cursor, budget: budget.map { TokenBudget(tokens: $0) }, access: .all)
                #expect(answer.total == 90 && !answer.hits.isEmpty && answer.hits.count <= limit)
                #expect(answer.isPartial == (budget != nil && answer.hits.count < min(limit, 90 - paths.count)))
                paths += answer.hits.map(\.section.path)
                cursor = answer.nextCursor
                pages += 1
            } while cursor != nil && pages < 200
            #expect(paths.count == 90 && Set(paths).count == 90)
        }
    }

    /// 100 chunks of each leg are fused; there are more of them here, and sections that only the vector leg brings.
    @Test(arguments: [17, 100], [true, false])
    func `A walk goes on behind the fused candidates until it met what the total counts`(_ limit: Int, _ isHybrid: Bool) async throws {
        try await withShelf { shelf in
            let others = (0..<150).map { "configure widget number \($0) detail\($0 % 7)" }
            try await shelf.publish("lib", Self.texts(300) + others)
            let service = shelf.service(isHybrid ? WordEmbedder() : nil)
            let query = try SearchQuery(text: "gadget", limit: limit)
            var (paths, scores): ([String], [Double]) = ([], [])
            var (totals, cursor, pages): (Set<Int>, String?, Int) = ([], nil, 0)
            repeat {
                let answer = try await service.search(query, cursor: cursor, access: .all)
                paths += answer.hits.map(\.section.path)
                scores += answer.hits.map(\.score)
                totals.insert(answer.total)
                cursor = answer.nextCursor
                pages += 1
            } while cursor != nil && pages < 100
            #expect(totals.count == 1 && totals.first == paths.count && Set(paths).count == paths.count)
            #expect(paths.count >= 300 && Set((0..<300).map { "/lib/\($0)" }).isSubset(of: paths))
            #expect(zip(scores, scores.dropFirst()).allSatisfy { $0 >= $1 } && scores.allSatisfy { $0 >= 0 && $0 <= 1 })
            // Pages of another size meet the same results in the same order.
            let middle = try await service.search(SearchQuery(text: "gadget", limit: 60, offset: 80), access: .all)
            #expect(middle.hits.map(\.section.path) == Array(paths[80..<140]) && middle.total == paths.count)
            let behind = try await service.search(SearchQuery(text: "gadget", limit: 10, offset: 5_000), access: .all)
            #expect(behind.hits.isEmpty && behind.nextCursor == nil && behind.total == paths.count)
        }
    }

    @Test func `What is nothing but headings is shown by them`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", ["gadget", "gadget with a text"])
            _ = try await shelf.client.query("update portolan.chunk set text = '', heading_path = '{Guide,Install}' where text = 'gadget'")
            let query = try SearchQuery(text: "gadget")
            for budget in [nil, TokenBudget(tokens: 1_000)] {
                let answer = try await shelf.service().search(query, budget: budget, access: .all)
                #expect(Set(answer.hits.map(\.excerpt)) == ["Guide > Install", "gadget with a text"])
            }
        }
    }

    @Test func `A budget shortens excerpts before it drops results`() async throws {
        try await withShelf { shelf in
            let long = (0..<5).map { "gadget \($0) " + String(repeating: "sentence about it. ", count: 100) }
            try await shelf.publish("lib", long)
            let query = try SearchQuery(text: "gadget")
            let whole = try await shelf.service().search(query, access: .all)
            #expect(whole.hits.count == 5 && whole.hits.allSatisfy { $0.excerpt.utf8.count > 1_500 })
            let tight = try await shelf.service().search(query, budget: TokenBudget(tokens: 1_000), access: .all)
            #expect(tight.hits.count == 5 && !tight.isPartial && tight.nextCursor == nil)
            #expect(tight.hits.allSatisfy { !$0.excerpt.isEmpty && $0.excerpt.utf8.count < 1_000 })
            let tiny = try await shelf.service().search(query, budget: TokenBudget(tokens: 300), access: .all)
            #expect(tiny.isPartial && tiny.hits.count < 5 && !tiny.hits.isEmpty && tiny.nextCursor != nil)
        }
    }

    @Test func `Without the embedder the words answer, and after some failures it is left alone`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", Self.texts(5))
            let embedder = WordEmbedder { throw Fault.unavailable("the embedder", "It is away.") }
            let service = shelf.service(embedder)
            for _ in 0..<8 {
                let answer = try await service.search(SearchQuery(text: "gadget"), access: .all)
                #expect(answer.mode == .keywordFallback && answer.reasons == ["embedder_unavailable"] && answer.hits.count == 5)
            }
            #expect(embedder.calls == 5)
            let none = try await shelf.service(nil).search(SearchQuery(text: "gadget"), access: .all)
            #expect(none.mode == .keywordFallback && none.reasons == ["embedder_not_configured"] && none.hits.count == 5)
        }
    }

    @Test func `An embedder that hangs costs its time limit and no more`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", Self.texts(5))
            let embedder = WordEmbedder { try await neverAnswering() }
            let answer = try await shelf.service(embedder, timeout: .milliseconds(10)).search(SearchQuery(text: "gadget"), access: .all)
            #expect(answer.mode == .keywordFallback && answer.reasons == ["embedder_unavailable"] && answer.hits.count == 5)
        }
    }

    @Test func `While vectors are missing the answer says so`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", Self.texts(5), vectors: false)
            let answer = try await shelf.service().search(SearchQuery(text: "gadget"), access: .all)
            #expect(answer.mode == .keywordFallback && answer.reasons == ["vectors_missing"] && answer.hits.count == 5)
        }
    }

    @Test func `What matches nothing has no results`() async throws {
        try await withShelf { shelf in
            let answer = try await shelf.service().search(SearchQuery(text: "gadget"), access: .all)
            #expect(answer.hits.isEmpty && answer.total == 0 && answer.nextCursor == nil && !answer.isPartial)
        }
    }

    @Test func `A scope that does not exist is a fault that lists what does`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", version: "1.10", ["gadget"])
            try await shelf.publish("lib", version: "1.9", ["gadget"])
            let service = shelf.service()
            func fault(_ scope: SearchScope) async -> Fault? {
                await #expect(throws: Fault.self) { try await service.search(SearchQuery(text: "gadget", scope: scope), access: .all) }
            }
            let version = await fault(SearchScope(library: "lib", version: "3.0"))
            #expect(version?.code == "E_UNKNOWN_VERSION" && version?.hint == "Versions that exist: 1.9, 1.10.")
            #expect(await fault(SearchScope(library: "none"))?.category == .notFound)
            #expect(await fault(SearchScope(documentation: .make()))?.category == .notFound)
            let latest = try await service.search(
                SearchQuery(text: "gadget", scope: SearchScope(library: "lib", version: "latest")), access: .all)
            #expect(latest.hits.map(\.section.version) == ["1.10"])
        }
    }

    @Test func `A cursor of another query is refused`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", Self.texts(30))
            let service = shelf.service()
            let cursor = try #require(try await service.search(SearchQuery(text: "gadget", limit: 5), access: .all).nextCursor)
            for other in [try SearchQuery(text: "gadgets"), try SearchQuery(text: "gadget", scope: SearchScope(library: "lib"))] {
                let fault = await #expect(throws: Fault.self) { try await service.search(other, cursor: cursor, access: .all) }
                #expect(fault?.field == "cursor")
            }
            // Every replica takes the cursor of every other one, and pages may change their size.
            let next = try await shelf.service().search(SearchQuery(text: "gadget", limit: 25), cursor: cursor, access: .all)
            #expect(next.hits.count == 25 && next.nextCursor == nil)
        }
    }

    @Test func `Pages are ranked once each`() async throws {
        try await withShelf { shelf in
            try await shelf.publish("lib", Self.texts(12))
            let pages = try await shelf.service().rankedPages(
                SearchQuery(text: "gadget"), fusion: RankFusion())
            #expect(pages.count == 12 && Set(pages).count == 12)
        }
    }
}
