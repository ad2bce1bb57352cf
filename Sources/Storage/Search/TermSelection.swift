import Glibc

/// The weights of a query's terms, and those of them by which chunks are fetched: rare ones first, so that a common word does not fetch
/// the whole index.
struct TermSelection {
    /// Share of the query's idf mass that the fetching terms carry.
    static let mass = 0.6
    /// Occurrences of the fetching terms, counted in chunks, beyond which no further term is taken: the bound of a statement's work in a
    /// store of any size.
    static let occurrences = 6_000

    /// Inverse document frequencies by rising term; without terms that occur nowhere.
    let weights: [(term: Int32, weight: Float)]
    /// The rarest terms: at least one unless `weights` is empty.
    let required: [Int32]

    /// - Parameters:
    ///   - frequencies: for each term the number of chunks that have it.
    ///   - chunks: number of chunks.
    init(frequencies: [(term: Int32, chunks: Int)], of chunks: Int) {
        let known = frequencies.filter { $0.chunks > 0 && $0.chunks <= chunks }
        let rated = known.map { entry in
            let (all, having) = (Double(chunks), Double(entry.chunks))
            return (term: entry.term, chunks: entry.chunks, weight: log(1 + (all - having + 0.5) / (having + 0.5)))
        }.sorted { ($1.weight, $0.term) < ($0.weight, $1.term) }
        weights = rated.map { ($0.term, Float($0.weight)) }.sorted { $0.0 < $1.0 }
        let total = rated.reduce(0) { $0 + $1.weight }
        var required: [Int32] = []
        var (mass, occurrences) = (0.0, 0)
        for entry in rated {
            if !required.isEmpty, mass >= Self.mass * total || occurrences + entry.chunks > Self.occurrences { break }
            required.append(entry.term)
            mass += entry.weight
            occurrences += entry.chunks
        }
        self.required = required
    }
}
