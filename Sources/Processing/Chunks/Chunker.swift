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
        let budget = profile.tokenLimit / 3
        let longest = budget * charactersPerToken
        // What is cut off here could not fit by far.
        let titles = headingPath.map { String($0.prefix(longest)).collapsingSpaces() }.filter { !$0.isEmpty }
        func joined(_ titles: [String]) -> String { titles.joined(separator: ": ") }
        func fits(_ text: String) -> Bool { profile.countTokens(text) <= budget }
        let whole = joined(titles)
        if whole.utf8.count <= longest, titles.count <= 1 || fits(whole) {
            guard titles.count == 1, !fits(whole) else { return whole }
        } else if titles.count > 2 {
            // The page's title and as many of the innermost as fit.
            var shown: String?
            for count in 1..<(titles.count - 1) {
                let text = joined([titles[0]] + titles.suffix(count))
                guard fits(text) else { break }
                shown = text
            }
            if let shown { return shown }
        }
        guard let last = titles.last, !fits(last) else { return titles.last ?? "" }
        return TextSplitter.pieces(of: last, longest: longest) { fits(String($0)) }.first.map(String.init) ?? ""
    }

    /// More than a token of any model has on average, so that longer texts need not be counted.
    static let charactersPerToken = 16
}
