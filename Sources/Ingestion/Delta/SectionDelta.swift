package import Domain

/// What differs between the published sections and those of a crawl: a pure function of both.
package struct SectionDelta: Sendable {
    /// New sections and those with another checksum or cut into chunks in another way, in page order.
    package var changed: [SectionDraft] = []
    /// Sections that need no write.
    package var unchanged = 0
    /// Paths of sections to delete, sorted.
    package var deleted: [String] = []

    /// - Parameters:
    ///   - published: by path, as it is.
    ///   - drafts: the sections of every page whose text changed.
    ///   - draftedPages: the pages of `drafts`.
    ///   - untouchedPages: pages of which the crawl knows that their text is as published.
    ///   - complete: whether the crawl saw everything; only then are pages that it did not see deleted.
    ///   - chunking: how sections are cut now.
    package init(
        published: [String: PublishedState.Entry], drafts: [SectionDraft], draftedPages: Set<String>, untouchedPages: Set<String>,
        complete: Bool, chunking: String
    ) {
        var seen: Set<String> = []
        for draft in drafts {
            seen.insert(draft.path)
            if let entry = published[draft.path], entry.checksum == draft.checksum, entry.chunking == chunking {
                unchanged += 1
            } else {
                changed.append(draft)
            }
        }
        for (path, entry) in published where !seen.contains(path) {
            if untouchedPages.contains(entry.page) {
                unchanged += 1
            } else if draftedPages.contains(entry.page) || complete {
                deleted.append(path)
            }
        }
        deleted.sort()
    }
}
