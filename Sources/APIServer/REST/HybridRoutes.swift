import APIModel
import Domain
import Hummingbird
import Primitives
import Retrieval

/// Search with its inside shown: the channels and what they make of each result.
struct HybridRoutes: Sendable {
    let search: MeasuredSearch
    let documentations: any DocumentationStore

    var routes: [Route] {
        [
            Route(
                .post, "/v1/hybrid/query", .scope(.read),
                Operation("hybridQuery", .search, "As /v1/search, with what each channel says of a result", problems: [404]),
                Parameter<HybridQueryRequest>.body, answer: query),
            Route(
                .get, "/v1/hybrid/stats", .scope(.read), Operation("hybridStats", .search, "What a search looks into"), answer: stats),
        ]
    }

    @Sendable private func query(_ call: Call, body: HybridQueryRequest) async throws -> Answer<HybridQueryResponse> {
        let query = try SearchRoutes.query(
            body.query, SearchScope(library: body.namespace, version: body.version), limit: body.topK ?? Limits.defaultSearchLimit,
            field: "query")
        let isExplained = body.diagnostics ?? false
        let answer = try await search.search(
            query, cursor: body.cursor, tokens: body.maxTokens ?? Limits.defaultMaxTokens, explains: isExplained, access: call.access)
        let results = SearchResponse(answer).items
        return Answer(
            HybridQueryResponse(
                results: zip(results, answer.hits).map { item, hit in
                    HybridQueryResponse.Result(
                        hit: item,
                        signals: hit.signals.map { .init(channel: $0.channel.rawValue, rank: $0.rank, score: $0.score) })
                }, searchMode: answer.mode == .hybrid ? .hybrid : .keywordFallback, total: answer.total, isPartial: answer.isPartial,
                nextCursor: answer.nextCursor, isDegraded: !answer.reasons.isEmpty, reasons: answer.reasons,
                channels: isExplained
                    ? answer.channels.map {
                        .init(
                            name: $0.channel.rawValue, weight: $0.weight, candidates: $0.candidates,
                            milliseconds: ($0.took.seconds * 100_000).rounded() / 100)
                    } : nil))
    }

    @Sendable private func stats(_ call: Call) async throws -> Answer<HybridStats> {
        let statistics = try await documentations.statistics(access: call.access)
        let fusion = search.service.fusion
        return Answer(
            HybridStats(
                libraries: statistics.libraries, documentations: statistics.documentations, sections: statistics.sections,
                chunks: statistics.chunks,
                vectors: statistics.vectors.map { .init(model: $0.model, dimension: $0.dimension, chunks: $0.chunks) },
                lexicalWeight: fusion.lexicalWeight, vectorWeight: fusion.vectorWeight))
    }
}
