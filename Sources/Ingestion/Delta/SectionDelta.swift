package import Domain

/// What differs between the published sections and those of a crawl: a pure function of both.
package struct SectionDelta: Sendable {
    /// New sections and those with another checksum or cut into chunks in another way, in page order.
    package var changed: [Publication.ChangedSection] = []
    /// Sections with the text that is published, or on pages that are as published.
    package var unchanged = 0
    /// Those of them that were read: what is not text in their content, such as link targets, may still differ.
    package var reread: [Publication.Reread] = []
    /// Paths of sections to delete, sorted.
    package var deleted: [String] = []

    /// - Parameters:
    ///   - published: by path, as it is.
    ///   - drafts: the sections of every page whose text changed.
    ///   - draftedPages: the pages of `drafts`.
    ///   - relinkedPages: those of them whose text is as published: no section of theirs changed, whatever moved around the text.
    ///   - untouchedPages: pages of which the crawl knows that their text is as published.
    ///   - complete: whether the crawl saw everything; only then are pages that it did not see deleted.
    ///   - chunking: how sections are cut now.
    package init(
        published: [String: PublishedState.Entry], drafts: [Publication.ChangedSection], draftedPages: Set<String>,
        relinkedPages: Set<String> = [], untouchedPages: Set<String>, complete: Bool, chunking: String
    ) {
        var seen: Set<String> = []
        for draft in drafts {
            seen.insert(draft.path)
            if let entry = published[draft.path], entry.chunking == chunking,
                entry.checksum == draft.checksum || relinkedPages.contains(draft.pagePath)
            {
                unchanged += 1
                reread.append(Publication.Reread(path: draft.path, content: draft.content, tokens: draft.tokens))
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
