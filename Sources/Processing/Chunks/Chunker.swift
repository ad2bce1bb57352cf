internal import Digests
package import Domain

/// Cuts sections into chunks that fit an embedding model. Pure: the same section and profile give the same chunks.
package enum Chunker {
    /// The chunks of `section` in reading order. No words are lost: each is in the text of a chunk or in its heading path.
    ///
    /// A chunk is never longer than the profile's limit, its heading path included. It is cut between blocks; a code block or a table
    /// stays whole where it fits, and is otherwise cut between lines, with its fence or header line repeated; a paragraph is cut between
    /// sentences, then words. A heading or definition begins a new chunk when the one before it has the profile's minimum. A section
    /// without any text has one chunk, which holds its title.
    package static func chunks(for section: SectionDraft, profile: ChunkProfile) -> [ChunkDraft] {
        var assembler = ChunkAssembler(section: section, profile: profile)
        for block in section.blocks { assembler.add(block) }
        return assembler.finish()
    }

    /// The heading path in front of what the model reads: outer titles are left out first when they take more than a third of `limit`.
    static func prefix(_ headingPath: [String], profile: ChunkProfile) -> String {
        var titles = headingPath.map { $0.collapsingSpaces() }.filter { !$0.isEmpty }
        let budget = profile.tokenLimit / 3
        func joined() -> String { titles.joined(separator: ": ") }
        while titles.count > 1, profile.countTokens(joined()) > budget { titles.remove(at: titles.count > 2 ? 1 : 0) }
        guard let last = titles.last, profile.countTokens(joined()) > budget else { return joined() }
        return TextSplitter.pieces(of: last) { profile.countTokens(String($0)) <= budget }.first.map(String.init) ?? ""
    }
}
