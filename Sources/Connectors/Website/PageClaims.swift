import Domain

/// Pages that are another page under another address, and wait until that one has been read: a pure machine.
///
/// A page may name a canonical one, and a Markdown file may lie beside its page. Neither is left out before what stands for it is known to
/// be there: a site that names pages which do not exist loses nothing.
struct PageClaims {
    /// A page that waits.
    struct Claim {
        let candidate: CrawlFrontier.Candidate
        /// Its keys: those who wait for it wait for the same page as it does.
        let keys: [String]
        /// What became of it when the other page is read.
        let outcome: PageOutcome
    }

    /// So many pages may say that they are the same one; a template that says so on every page is wrong.
    static let maximumClaims = 8

    private var waiting: [String: [Claim]] = [:]
    private var order: [String] = []
    private var isRead: [String: Bool] = [:]
    private var claims: [String: Int] = [:]

    /// Lets `claim` wait for the page `key`.
    ///
    /// - Returns: whether that page was read, when that is known: then the claim does not wait. False also where too many have claimed it.
    mutating func wait(for key: String, _ claim: Claim) -> Bool? {
        claims[key, default: 0] += 1
        if claims[key, default: 0] > Self.maximumClaims { return false }
        if let known = isRead[key] { return known }
        if waiting[key] == nil { order.append(key) }
        waiting[key, default: []].append(claim)
        return nil
    }

    /// Notes what became of a page, under all of its keys.
    ///
    /// - Returns: outcomes of pages that it stands for, and candidates to read after all.
    mutating func settle(_ keys: [String], isRead: Bool) -> (outcomes: [PageOutcome], alone: [CrawlFrontier.Candidate]) {
        var outcomes: [PageOutcome] = []
        var alone: [CrawlFrontier.Candidate] = []
        var open = keys
        while let key = open.popLast() {
            self.isRead[key] = isRead
            for claim in waiting.removeValue(forKey: key) ?? [] {
                if isRead {
                    outcomes.append(claim.outcome)
                    open += claim.keys
                } else {
                    alone.append(claim.candidate)
                }
            }
        }
        return (outcomes, alone)
    }

    /// Gives up waiting: two pages that name each other wait for ever.
    ///
    /// - Returns: the pages to read as what they are, in the order in which they began to wait.
    mutating func releaseAll() -> [CrawlFrontier.Candidate] {
        defer { (waiting, order) = ([:], []) }
        return order.flatMap { (waiting[$0] ?? []).map(\.candidate) }
    }
}
