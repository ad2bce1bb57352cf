import Digests
package import Domain
import Primitives
import Processing

/// The pages of one crawl: each is parsed once, where its links are extracted, and is cut there too when it changed. That happens on the
/// tasks that read the site, so that all cores work while the crawl goes on.
package final class CrawledPages: Sendable {
    /// What was read of a page.
    package struct Page: Sendable {
        package let title: String
        package let textChecksum: [UInt8]
        /// Of what readers see, which is the text with its marks and link targets.
        package let contentChecksum: [UInt8]
        /// The serialized content; nil when the page is as published.
        package let staged: [UInt8]?
        fileprivate let cut: CutPage?
    }

    private struct Kept {
        var pages: [String: CutPage] = [:]
        var room: Int
    }

    private let stored: [String: StoredPage]
    private let stale: Set<String>
    private let chunking: Chunking
    private let weights: TermWeights
    private let detector = Locked(BoilerplateDetector())
    private let waiting = Locked<[String: Page]>([:])
    private let kept: Locked<Kept>

    /// - Parameters:
    ///   - stored: what is published, by path.
    ///   - stale: paths of pages that are read anew although they may not have changed.
    ///   - room: bytes of content that are kept while the crawl goes on; pages beyond them are cut again from what is staged.
    package init(stored: [String: StoredPage], stale: Set<String>, chunking: Chunking, weights: TermWeights, room: Int = 32 << 20) {
        (self.stored, self.stale, self.chunking, self.weights) = (stored, stale, chunking, weights)
        kept = Locked(Kept(room: room))
    }

    /// The references of `page`, which waits for ``take(_:path:)`` until the crawl has decided on it.
    package func links(of page: FetchedPage) -> PageLinks {
        guard let content = Self.parse(page) else { return PageLinks() }
        if let read = read(content) { waiting.withLock { $0[page.finalURL.description] = read } }
        return PageLinks(
            hrefs: content.isExcludedFromFollowing ? [] : content.links, canonical: content.canonical,
            isExcludedFromIndex: content.isExcludedFromIndex, isIncomplete: content.isMissingLinks)
    }

    /// Forgets a page that was read and does not belong to the documentation.
    package func drop(_ url: SiteURL) { waiting.withLock { _ = $0.removeValue(forKey: url.description) } }

    /// What was read of `page`, which belongs to the documentation under `path` from now on; nil when it holds no text or asks not to be
    /// indexed.
    package func take(_ page: FetchedPage, path: String) -> Page? {
        guard let read = waiting.withLock({ $0.removeValue(forKey: page.finalURL.description) }) ?? Self.parse(page).flatMap(read) else {
            return nil
        }
        if let cut = read.cut, let size = read.staged?.count {
            kept.withLock { kept in
                kept.room -= size
                // Of two addresses of one page the first counts, as in the store; once one found no room, none may take its place.
                if kept.room >= 0, kept.pages[path] == nil { kept.pages[path] = cut }
            }
        }
        return read
    }

    /// The cut pages that were taken, by path, as far as there was room.
    package func cutPages() -> [String: CutPage] { kept.withLock { $0.pages } }

    private func read(_ content: PageContent) -> Page? {
        if content.isExcludedFromIndex { return nil }
        var digest = SHA256()
        for block in content.blocks {
            digest.update(block.markdown)
            digest.update("\0")
        }
        let (path, checksum) = (SectionBuilder.path(ofPageAt: content.url), digest.finalize())
        let isAsPublished =
            stored[path].map { $0.textChecksum == content.textChecksum && $0.contentChecksum == checksum } ?? false
        var page: (staged: [UInt8], cut: CutPage)?
        if !isAsPublished || stale.contains(path) {
            // What the pages so far have in common, which is nearly always what all of them have; the next stage makes sure.
            let boilerplate = detector.withLock { detector in
                let fingerprints = content.fingerprints
                detector.add(fingerprints)
                return detector.frozen(among: fingerprints)
            }
            page = (content.serialized(), chunking.cut(content, boilerplate: boilerplate, weights: weights))
        }
        return Page(
            title: content.title, textChecksum: content.textChecksum, contentChecksum: checksum, staged: page?.staged, cut: page?.cut)
    }

    private static func parse(_ page: FetchedPage) -> PageContent? {
        let mediaType =
            switch page.contentType {
            case .html: "text/html"
            case .markdown: "text/markdown"
            case .plain: "text/plain"
            }
        return try? DocumentParser.parse(
            bytes: page.body, contentType: mediaType, charset: page.charset, url: page.finalURL.description)
    }
}
