package import Domain
import Processing

/// How sections are cut for an embedding model.
package struct Chunking: Sendable {
    /// Names the way of cutting: sections stored under another name are cut again.
    package let name: String
    let profile: ChunkProfile

    /// Raised whenever the same section would be cut into other chunks or indexed under other terms.
    private static let revision = 2

    /// The chunking for `embedder`'s token limit; without one, by a limit in estimated tokens.
    package init(embedder: (any Embedder)?) {
        if let embedder {
            name = "\(embedder.profile.model)/\(embedder.profile.tokenLimit)/\(Self.revision)"
            profile = ChunkProfile(tokenLimit: min(embedder.profile.tokenLimit, 512)) { embedder.tokenCount($0) }
        } else {
            name = "approximate/256/\(Self.revision)"
            profile = .approximate
        }
    }

    /// Cuts `drafts`, indexes their terms, and collects the texts to embed by checksum.
    @concurrent package func cut(
        _ drafts: [SectionDraft], weights: TermWeights
    ) async -> (sections: [Publication.ChangedSection], texts: [[UInt8]: String]) {
        var texts: [[UInt8]: String] = [:]
        let sections = drafts.map { draft in
            let chunks = Chunker.chunks(for: draft, profile: profile).map { chunk in
                texts[chunk.checksum] = chunk.embeddingText
                let frequencies = LexicalAnalyzer().termFrequencies(fields: [
                    .init(chunk.headingPath.joined(separator: " "), weight: 3), .init(chunk.text),
                ])
                var terms: [Int32: Float] = [:]
                for (term, frequency) in frequencies { terms[term.rawValue] = frequency }
                return Publication.Chunk(
                    ordinal: chunk.ordinal, anchor: chunk.anchor, headingPath: chunk.headingPath, text: chunk.text,
                    tokens: chunk.tokenCount,
                    checksum: chunk.checksum, terms: weights.weights(frequencies: terms))
            }
            return Publication.ChangedSection(
                pagePath: draft.parentPath ?? draft.path, anchor: draft.anchor, path: draft.path, parentPath: draft.parentPath,
                title: draft.title, headingPath: draft.headingPath, level: draft.level, ordinal: draft.ordinal, url: draft.url,
                summary: draft.summary, content: draft.content, tokens: draft.tokenCount, checksum: draft.checksum, chunking: name,
                chunks: chunks)
        }
        return (sections, texts)
    }
}
