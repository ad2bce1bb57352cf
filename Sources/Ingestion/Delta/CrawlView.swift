import Domain
import FoundationEssentials
import Processing

/// What a crawl says about the pages of a documentation: pure, from the records of the crawl.
struct CrawlView {
    /// Paths with staged content, in crawl order, each once.
    private(set) var staged: [String] = []
    /// Paths of pages that are as published.
    private(set) var untouched: Set<String> = []
    /// Those of ``staged`` whose text is as published, while links or marks in it are not.
    private(set) var relinked: Set<String> = []
    /// Paths that exist, whatever became of them.
    private(set) var seen: Set<String> = []
    /// Facts of pages that were fetched, by path.
    private(set) var changedPages: [String: StoredPage] = [:]
    /// What the crawl says about the dates that the site lists.
    private(set) var evidence = ListingTrust.Evidence()
    private var titles: [String: String] = [:]

    /// - Parameter now: when the crawl began.
    init(_ records: [CrawlRecord], storedPages: [String: StoredPage], now: Date) {
        var fetched: Set<String> = []
        for record in records {
            guard let path = record.path else { continue }
            switch record.outcome.kind {
            case .fetched:
                guard let checksum = record.textChecksum, fetched.insert(path).inserted else { continue }
                seen.insert(path)
                titles[path] = record.title
                let stored = storedPages[path]
                if record.isStaged {
                    staged.append(path)
                    if let stored, stored.textChecksum == checksum, stored.contentChecksum != record.contentChecksum {
                        relinked.insert(path)
                    }
                } else {
                    untouched.insert(path)
                }
                let page = StoredPage(
                    url: (record.outcome.finalURL ?? record.outcome.url).description, title: record.title ?? "", etag: record.etag,
                    lastModified: record.lastModified, textChecksum: checksum, contentChecksum: record.contentChecksum ?? [],
                    links: record.outcome.links,
                    // The date belongs to the address that was asked for.
                    listedAt: record.outcome.finalURL == nil ? record.outcome.listedAt : nil, tags: record.tags)
                if let stored { note(stored, page) }
                // The same facts again cost no write.
                if stored.map({ !$0.hasSameFacts(as: page, now: now) }) ?? true { changedPages[path] = page }
            case .notModified:
                seen.insert(path)
                untouched.insert(path)
                guard record.outcome.reason != .listedDate, let stored = storedPages[path] else { continue }
                var page = stored
                page.listedAt = record.outcome.finalURL == nil ? record.outcome.listedAt : nil
                if !stored.hasSameFacts(as: page, now: now) { changedPages[path] = page }
            case .failed:
                // It may be there next time: what is published of it stays.
                seen.insert(path)
                untouched.insert(path)
            case .gone, .skipped:
                continue
            }
        }
        untouched.subtract(staged)
    }

    private mutating func note(_ stored: StoredPage, _ page: StoredPage) {
        guard stored.textChecksum != page.textChecksum, let before = stored.listedAt, let after = page.listedAt else { return }
        if before != after {
            evidence.honest += 1
        } else if ListingTrust.vouches(for: stored) {
            evidence.broken += 1
        }
    }

    /// Title of the page at `rootURL`, if the crawl fetched it.
    func rootTitle(_ rootURL: String) -> String? { titles[SectionBuilder.path(ofPageAt: rootURL)] }
}

extension StoredPage {
    /// Whether writing `other`, which is asked for `now`, would change nothing that counts.
    func hasSameFacts(as other: StoredPage, now: Date) -> Bool {
        // How long ago a page was asked for counts only for pages with a date, and a day more or less does not.
        if listedAt != nil, let askedAt, now.timeIntervalSince(askedAt) > 86_400 { return false }
        return listedAt == other.listedAt && url == other.url && title == other.title && etag == other.etag
            && lastModified == other.lastModified
            && textChecksum == other.textChecksum && contentChecksum == other.contentChecksum && links == other.links && tags == other.tags
    }
}
