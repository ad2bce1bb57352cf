import Domain
import Primitives

/// Reads the pages of a folder in the spool folder.
struct FolderSource: DocumentSource {
    let spool: SpoolFolder
    let listing: FileListing
    let extractLinks: LinkExtractor

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let path = spool.path + "/" + (try spool.name(of: plan.root))
        let (root, items) = try await Self.open(path, listing)
        let run = FileRun(root: root, base: plan.root.with(path: plan.root.folder), plan: plan, extractLinks: extractLinks, known: known)
        return try await run.run(items, visited: visited, onPage)
    }

    /// The folder at `path`, which is no link, and its files.
    private static func open(_ path: String, _ listing: FileListing) async throws -> (RootedFolder, [FileItem]) {
        do {
            return try await BlockingWork.run { isCancelled in
                let root = try RootedFolder(path, followsLink: false)
                return (root, try listing.files(of: root, isCancelled))
            }
        } catch {
            guard let failure = error as? RootedFolder.Failure else { throw error }
            throw Fault(
                .notFound, code: "E_SPOOL", "The folder cannot be read: \(failure).", field: "web_url",
                hint: "Check that it lies in the spool folder of the worker.", isTransient: !failure.isMissing)
        }
    }
}
