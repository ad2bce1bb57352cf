package import FoundationEssentials

/// Whether the dates that a site lists for its pages can stand in for asking: a pure machine, one for each documentation.
///
/// Many sitemaps lie: they give all pages the date of the build, or never move a date. So dates count only after they have been seen to
/// move with a page that changed, and a page that changed under its old date takes the trust away for long. Even then no page goes unasked
/// for more than a week or sixteen crawls.
package struct ListingTrust: Sendable, Hashable {
    /// From -3 to 3; dates count from 1 on.
    package private(set) var level: Int
    /// Counts crawls, to choose the pages that are asked all the same.
    package private(set) var round: Int

    package static let levels = -3...3
    /// One page of so many is asked in each crawl.
    package static let sample: UInt64 = 16
    /// After which a page is asked whatever its date says.
    package static let maximumAge = 7 * 86_400.0
    /// How long after the date a page must have been read: a page may change twice in the span of one date, and clocks differ.
    package static let margin = 3_600.0

    package init(level: Int = 0, round: Int = 0) {
        self.level = min(max(level, Self.levels.lowerBound), Self.levels.upperBound)
        self.round = round
    }

    /// The date under which the page at `path` need not be asked for; nil to ask whatever its date is.
    package func date(of page: StoredPage, path: String, now: Date) -> String? {
        guard level > 0, let listed = page.listedAt, let asked = page.askedAt, Self.vouches(for: page),
            now.timeIntervalSince(asked) < Self.maximumAge
        else { return nil }
        return Self.hash(path) % Self.sample == UInt64(bitPattern: Int64(round)) % Self.sample ? nil : listed
    }

    /// Whether the date of a page, had it been true, would have moved with the text.
    package static func vouches(for page: StoredPage) -> Bool {
        guard let asked = page.askedAt, let date = page.listedAt.flatMap({ W3CDate($0) }) else { return false }
        return asked.timeIntervalSince(date.end) > margin
    }

    /// What a crawl says about the dates.
    package struct Evidence: Sendable, Hashable {
        /// Pages whose text changed, with another date than before.
        package var honest = 0
        /// Pages whose text changed under the date that they had.
        package var broken = 0

        package init(honest: Int = 0, broken: Int = 0) { (self.honest, self.broken) = (honest, broken) }
    }

    /// After a crawl: one false date outweighs all honest ones, and takes four crawls with honest ones to make up for.
    package func after(_ evidence: Evidence) -> ListingTrust {
        let next =
            evidence.broken > 0 ? Self.levels.lowerBound : evidence.honest > 0 ? min(level + 1, Self.levels.upperBound) : level
        return ListingTrust(level: next, round: (round + 1) % 1_000_000)
    }

    /// FNV-1a: the same in every process.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
