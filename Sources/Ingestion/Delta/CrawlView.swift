import Domain
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
    private var titles: [String: String] = [:]

    init(_ records: [CrawlRecord], storedPages: [String: StoredPage]) {
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
                    links: record.outcome.links)
                // The same facts again cost no write.
                if stored.map({ !$0.hasSameFacts(as: page) }) ?? true { changedPages[path] = page }
            case .notModified:
                seen.insert(path)
                untouched.insert(path)
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

    /// Title of the page at `rootURL`, if the crawl fetched it.
    func rootTitle(_ rootURL: String) -> String? { titles[SectionBuilder.path(ofPageAt: rootURL)] }
}

extension StoredPage {
    func hasSameFacts(as other: StoredPage) -> Bool {
        url == other.url && title == other.title && etag == other.etag && lastModified == other.lastModified
            && textChecksum == other.textChecksum && contentChecksum == other.contentChecksum && links == other.links
    }
}
