package import Domain
import Processing

/// How sections are cut for an embedding model.
package struct Chunking: Sendable {
    /// Names the way of cutting: sections stored under another name are cut again.
    package let name: String
    let profile: ChunkProfile
    /// Whether texts will be embedded; without an embedder nobody asks for them.
    let isEmbedding: Bool

    /// Raised whenever the same section would be cut into other chunks or indexed under other terms.
    private static let revision = 2

    /// The chunking for `embedder`'s token limit; without one, by a limit in estimated tokens.
    package init(embedder: (any Embedder)?) {
        isEmbedding = embedder != nil
        if let embedder {
            name = "\(embedder.profile.model)/\(embedder.profile.tokenLimit)/\(Self.revision)"
            profile = ChunkProfile(tokenLimit: min(embedder.profile.tokenLimit, 512)) { embedder.tokenCount($0) }
        } else {
            name = "approximate/256/\(Self.revision)"
            profile = .approximate
        }
    }

    /// Cuts `page` into sections and chunks, indexes their terms, and collects the texts to embed. CPU-bound: some milliseconds.
    ///
    /// - Parameter boilerplate: fingerprints of blocks to leave out.
    package func cut(_ page: PageContent, boilerplate: Set<UInt64>, weights: TermWeights) -> CutPage {
        var result = CutPage(page, boilerplate: boilerplate)
        var counter = TermCounter()
        for draft in SectionBuilder.sections(for: page, boilerplate: boilerplate) {
            var chunks: [Publication.Chunk] = []
            for chunk in Chunker.chunks(for: draft, profile: profile) {
                if isEmbedding { result.texts[chunk.checksum] = chunk.embeddingText }
                let frequencies = counter.frequencies([.init(chunk.headingPath.joined(separator: " "), weight: 3), .init(chunk.text)])
                var terms: [Int32: Float] = [:]
                terms.reserveCapacity(frequencies.count)
                for (term, frequency) in frequencies { terms[term.rawValue] = frequency }
                chunks.append(
                    Publication.Chunk(
                        ordinal: chunk.ordinal, anchor: chunk.anchor, headingPath: chunk.headingPath, text: chunk.text,
                        tokens: chunk.tokenCount, checksum: chunk.checksum, terms: weights.weights(frequencies: terms)))
            }
            result.sections.append(
                Publication.ChangedSection(
                    pagePath: draft.parentPath ?? draft.path, anchor: draft.anchor, path: draft.path, parentPath: draft.parentPath,
                    title: draft.title, headingPath: draft.headingPath, level: draft.level, ordinal: draft.ordinal, url: draft.url,
                    summary: draft.summary, content: draft.content, tokens: draft.tokenCount, checksum: draft.checksum, chunking: name,
                    chunks: chunks))
        }
        return result
    }
}

/// A page as it will be published.
package struct CutPage: Sendable {
    package fileprivate(set) var sections: [Publication.ChangedSection] = []
    /// Texts to embed by checksum.
    package fileprivate(set) var texts: [[UInt8]: String] = [:]
    /// Of the page's blocks that look like navigation.
    package let fingerprints: Set<UInt64>
    /// The absolute addresses that the page links to, without fragments.
    package let links: [String]
    /// Whether the text holds U+FFFD, which stands for bytes that are no text.
    package let isDamaged: Bool
    /// Of the text.
    package let textChecksum: [UInt8]
    /// Those of the fingerprints that were left out.
    private let leftOut: Set<UInt64>

    fileprivate init(_ page: PageContent, boilerplate: Set<UInt64>) {
        (fingerprints, links, textChecksum) = (page.fingerprints, page.links, page.textChecksum)
        isDamaged = page.blocks.contains { $0.text.unicodeScalars.contains("\u{FFFD}") }
        leftOut = fingerprints.intersection(boilerplate)
    }

    /// Whether the page would have been cut the same way by `boilerplate`.
    package func holds(for boilerplate: Set<UInt64>) -> Bool { fingerprints.intersection(boilerplate) == leftOut }
}
