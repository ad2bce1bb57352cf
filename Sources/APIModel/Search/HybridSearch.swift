/// Body of `POST /v1/hybrid/query`.
package struct HybridQueryRequest: Sendable, Hashable, Codable {
    /// The question.
    package var query: String
    /// Results on a page; nil takes `Limits.defaultSearchLimit`.
    package var topK: Int?
    /// Only this library.
    package var namespace: String?
    /// Only this version of the library.
    package var version: String?
    /// Token budget of the reply; nil takes `Limits.defaultMaxTokens`.
    package var maxTokens: Int?
    /// `next_cursor` of the page before.
    package var cursor: String?
    /// Whether to tell how each channel ranked, and how long it took; nil takes false.
    package var diagnostics: Bool?

    package enum CodingKeys: String, CodingKey {
        case query
        case topK = "top_k"
        case namespace, version
        case maxTokens = "max_tokens"
        case cursor, diagnostics
    }
}

/// Reply to `POST /v1/hybrid/query`, best first.
package struct HybridQueryResponse: Sendable, Hashable, Codable {
    /// The place of a result in one channel.
    package struct Signal: Sendable, Hashable, Codable {
        /// `bm25` or `dense`.
        package var channel: String
        /// Its place, from 1.
        package var rank: Int
        /// BM25 score, or cosine similarity.
        package var score: Double

        /// - Parameters: see the properties.
        package init(channel: String, rank: Int, score: Double) { (self.channel, self.rank, self.score) = (channel, rank, score) }
    }

    /// One result.
    package struct Result: Sendable, Hashable, Codable {
        /// The section by its best passage.
        package var hit: SearchHit
        /// What the channels say of it; empty without diagnostics.
        package var signals: [Signal]

        /// - Parameters: see the properties.
        package init(hit: SearchHit, signals: [Signal]) { (self.hit, self.signals) = (hit, signals) }
    }

    /// What one channel did.
    package struct Channel: Sendable, Hashable, Codable {
        /// `bm25` or `dense`.
        package var name: String
        /// Its part in the fused score.
        package var weight: Double
        /// Passages that it brought.
        package var candidates: Int
        /// How long it took, in milliseconds.
        package var milliseconds: Double

        /// - Parameters: see the properties.
        package init(name: String, weight: Double, candidates: Int, milliseconds: Double) {
            (self.name, self.weight, self.candidates, self.milliseconds) = (name, weight, candidates, milliseconds)
        }
    }

    /// The results of this page.
    package var results: [Result]
    /// How they were found.
    package var searchMode: SearchMode
    /// How many sections match in all.
    package var total: Int
    /// Whether the token budget left results out.
    package var isPartial: Bool
    /// Asks for the page after this one; nil on the last.
    package var nextCursor: String?
    /// Whether something that belongs to a full answer was away.
    package var isDegraded: Bool
    /// What was away, when degraded.
    package var reasons: [String]
    /// What the channels did; nil without diagnostics.
    package var channels: [Channel]?

    /// - Parameters: see the properties.
    package init(
        results: [Result], searchMode: SearchMode, total: Int, isPartial: Bool, nextCursor: String?, isDegraded: Bool, reasons: [String],
        channels: [Channel]?
    ) {
        (self.results, self.searchMode, self.total, self.isPartial) = (results, searchMode, total, isPartial)
        (self.nextCursor, self.isDegraded, self.reasons, self.channels) = (nextCursor, isDegraded, reasons, channels)
    }

    package enum CodingKeys: String, CodingKey {
        case results
        case searchMode = "search_mode"
        case total
        case isPartial = "partial"
        case nextCursor = "next_cursor"
        case isDegraded = "degraded"
        case reasons, channels
    }
}

/// Reply to `GET /v1/hybrid/stats`: what a search looks into.
package struct HybridStats: Sendable, Hashable, Codable {
    /// The chunks of one embedding model.
    package struct Vectors: Sendable, Hashable, Codable {
        /// The model.
        package var model: String
        /// Dimension of its vectors.
        package var dimension: Int
        /// Chunks of documentations that use it.
        package var chunks: Int

        /// - Parameters: see the properties.
        package init(model: String, dimension: Int, chunks: Int) { (self.model, self.dimension, self.chunks) = (model, dimension, chunks) }
    }

    /// Libraries.
    package var libraries: Int
    /// Documentations.
    package var documentations: Int
    /// Sections.
    package var sections: Int
    /// Chunks.
    package var chunks: Int
    /// By model.
    package var vectors: [Vectors]
    /// Weight of the words in the fused score.
    package var lexicalWeight: Double
    /// Weight of the vectors in the fused score.
    package var vectorWeight: Double

    /// - Parameters: see the properties.
    package init(
        libraries: Int, documentations: Int, sections: Int, chunks: Int, vectors: [Vectors], lexicalWeight: Double, vectorWeight: Double
    ) {
        (self.libraries, self.documentations, self.sections, self.chunks) = (libraries, documentations, sections, chunks)
        (self.vectors, self.lexicalWeight, self.vectorWeight) = (vectors, lexicalWeight, vectorWeight)
    }

    package enum CodingKeys: String, CodingKey {
        case libraries, documentations, sections, chunks, vectors
        case lexicalWeight = "lexical_weight"
        case vectorWeight = "vector_weight"
    }
}
