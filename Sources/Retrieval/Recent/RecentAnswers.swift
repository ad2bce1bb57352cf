package import Domain
package import Resilience

/// The answers of the last minutes, for when the database is away or memory too short to make another.
///
/// An answer goes to the caller who had it before and to nobody else, so whatever has become of the caller's rights or of the library meanwhile, it
/// tells nothing that was not told already.
package typealias RecentAnswers = RecentValues<AskedSearch, SearchAnswer>

/// A search as a caller asked for it.
package struct AskedSearch: Sendable, Hashable {
    private let subject: String
    private let query: SearchQuery
    private let cursor: String?
    private let budget: TokenBudget
    private let explains: Bool
    private let access: LibraryAccess

    /// - Parameters:
    ///   - subject: who asks.
    ///   - query: what and where.
    ///   - cursor: of which page.
    ///   - budget: with how much text.
    ///   - explains: whether with what the channels say.
    ///   - access: what the caller may see.
    package init(
        subject: String, query: SearchQuery, cursor: String?, budget: TokenBudget, explains: Bool, access: LibraryAccess
    ) {
        (self.subject, self.query, self.cursor) = (subject, query, cursor)
        (self.budget, self.explains, self.access) = (budget, explains, access)
    }
}

extension RecentValues where Key == AskedSearch, Value == SearchAnswer {
    /// A thousand answers of the last five minutes, in 16 MiB at most.
    package static func ofSearches() -> RecentAnswers { RecentAnswers(capacity: 1000, byteLimit: 16 << 20, lifetime: .seconds(300)) }

    /// Keeps `answer`.
    package func keep(_ answer: SearchAnswer, for asked: AskedSearch) { keep(answer, for: asked, bytes: answer.bytes) }
}

extension SearchAnswer {
    /// About what it takes in memory: its texts, and what each hit needs beside them.
    fileprivate var bytes: Int {
        hits.reduce(1024) { sum, hit in
            let titles = hit.headingPath.reduce(0) { $0 + $1.utf8.count + 16 }
            return sum + 1024 + hit.excerpt.utf8.count + hit.url.utf8.count + titles + hit.section.content.utf8.count
        }
    }
}
