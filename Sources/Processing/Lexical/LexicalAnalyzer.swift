package import Domain

/// Turns text into the terms of the lexical index, the same way for documents and for queries. Pure and safe to use from any thread.
///
/// Words are lower-case and stemmed. Identifiers stay whole and are split as well: `fastapi.APIRouter.include_router` gives itself,
/// `apirouter`, `include_router`, `api`, `router` and `include`. Stop words are left out unless they are part of an identifier. Numbers
/// and versions (`3.11`) are kept. Chinese and Japanese text gives pairs of neighbouring characters.
package struct LexicalAnalyzer: Sendable {
    /// Text that counts `weight` times as much as ordinary text.
    package struct Field: Sendable {
        package let text: String
        package let weight: Float

        package init(_ text: String, weight: Float = 1) {
            self.text = text
            self.weight = weight
        }
    }

    /// An analyzer.
    package init() {}

    /// How often each term occurs in `fields`, weighted; terms that do not occur are absent.
    package func termFrequencies(fields: [Field]) -> [TermID: Float] {
        var counter = TermCounter()
        return counter.frequencies(fields)
    }

    /// The terms of a query, each once, in order of appearance. Empty when the query has none but stop words; then ask again with
    /// `keepingStopWords`.
    package func queryTerms(_ query: String, keepingStopWords: Bool = false) -> [TermID] {
        var result: [TermID] = []
        var seen: Set<TermID> = []
        var scanner = TermScanner(keepsStopWords: keepingStopWords)
        scanner.scan(query) { if seen.insert($0).inserted { result.append($0) } }
        return result
    }

    /// The identifier of a term as it is indexed: lower-case, stemmed where it is a word.
    static func identifier(of term: some Sequence<UInt8>) -> TermID {
        // Folding the 64 bits keeps all of them in play; 999,999,999 is the largest index that fits the index type's limit of 10^9.
        let hash = FNV.hash(term)
        return TermID(rawValue: Int32(((hash ^ (hash >> 32)) & 0xffff_ffff) % 999_999_999) + 1)
    }
}
