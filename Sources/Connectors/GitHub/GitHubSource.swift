import Domain
import Policy
import Primitives

/// The files of a branch as pages: those whose content has another hash than before are read.
struct GitHubSource: DocumentSource {
    let location: GitHubLocation
    let access: ProviderAccess
    let transport: ProviderTransport
    let memory: GitHubAPI.Memory
    let extractLinks: LinkExtractor

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let api = GitHubAPI(location, access: access, limits: plan.limits, transport: transport, memory: memory)
        let head = try await api.head()
        var listing = GitHubListing(api)
        try await listing.read(head)
        let (files, pages) = pages(of: listing, head, limit: plan.limits.pageSize)
        let walk = ListingWalk(plan: plan, visited: visited, known: known, extractLinks: extractLinks) { index in
            let file = files[index]
            let bytes = try await api.blob(file.sha, size: file.size)
            if Self.isPointer(bytes) {
                throw PageFailure(
                    .skipped, .contentType, code: "E_CONTENT_TYPE", "The file is a pointer; Git LFS keeps its content elsewhere.")
            }
            return ListedContent(type: file.type, body: bytes)
        }
        return try await walk.run(Listing(pages: pages, isWhole: listing.isWhole), onPage)
    }

    /// The files with their pages at the same index, then pages for symbolic links.
    private func pages(of listing: GitHubListing, _ head: GitHubAPI.Head, limit: ByteCount) -> ([GitHubListing.File], [ListedPage]) {
        var files: [GitHubListing.File] = []
        var pages: [ListedPage] = []
        for file in listing.files {
            guard let url = location.page(file.path, branch: head.branch) else { continue }
            var page = ListedPage(url: url, validator: file.sha)
            if file.size == 0 {
                page.failure = PageFailure(.skipped, .contentType, code: "E_EMPTY", "The file is empty.")
            } else if file.size > limit.bytes {
                page.failure = PageFailure(
                    .failed, .tooLarge, code: "E_FILE_SIZE", "The file has \(file.size) bytes.", limit: "\(limit.bytes) bytes")
            }
            files.append(file)
            pages.append(page)
        }
        for path in listing.links {
            guard let url = location.page(path, branch: head.branch) else { continue }
            let failure = PageFailure(.skipped, .duplicate, code: "E_SYMLINK", "The file is a symbolic link.")
            pages.append(ListedPage(url: url, validator: "", failure: failure))
        }
        return (files, pages)
    }

    /// Whether a file is what Git LFS leaves in its place.
    private static func isPointer(_ bytes: [UInt8]) -> Bool {
        bytes.count < 1024 && bytes.starts(with: Array("version https://git-lfs.github.com/spec/".utf8))
    }
}
