import Archives
import Digests
import Domain
import Policy
import Primitives

/// Reads the pages of an archive: takes a private copy, brings it and what comes out of it into the catalog, and hands out what is a page.
///
/// The page at `path/page.html` of `https://host/docs.zip` has the address `https://host/docs.zip/path/page.html`.
struct ArchiveSource: DocumentSource {
    let download: ArchiveDownload
    let spool: SpoolFolder?
    let extractor: ArchiveExtractor
    let work: WorkFolder
    let intake: any ArtifactIntake
    let extractLinks: LinkExtractor

    func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        try await work.with { folder in
            let copy = folder + "/archive"
            try await take(plan.root, to: copy, retries: plan.limits.retries)
            let artifact = try await intake.download(try await arrival(copy, plan))
            let extraction: Extraction
            do {
                extraction = try await extractor.extract(copy, into: folder)
            } catch {
                if let fault = error as? Fault, !fault.isTransient { try await intake.refuse(artifact, fault) }
                throw error
            }
            // Opened before the catalog takes the folder to its own place.
            let root = try await BlockingWork.run { _ in try RootedFolder(extraction.folder, followsLink: false) }
            try await intake.extract(
                artifact, folder: extraction.folder,
                files: extraction.files.map { ArtifactFile(path: $0.path.description, bytes: $0.bytes, digest: $0.digest) })
            let base = plan.root.with(path: plan.root.folder)
            let items =
                extraction.files.map { FileItem($0.path.segments, digest: $0.digest.hexadecimal) }
                + extraction.hidden.map {
                    FileItem(
                        $0.split(separator: "/").map(String.init),
                        obstacle: PageFailure(.skipped, .excluded, code: "E_HIDDEN", "The name begins with a dot."))
                }
            let run = FileRun(root: root, base: base, plan: plan, extractLinks: extractLinks, known: known)
            return try await run.run(items.sorted { $0.path.lexicographicallyPrecedes($1.path) }, visited: visited, onPage)
        }
    }

    private func arrival(_ copy: String, _ plan: CrawlPlan) async throws -> ArtifactArrival {
        let (digest, size) = try await BlockingWork.run { isCancelled in
            let parts = try FileParts(copy)
            var digest = SHA256()
            var size: Int64 = 0
            while true {
                if isCancelled() { throw CancellationError() }
                let part = try parts.next()
                if part.isEmpty { return (digest.finalize().hexadecimal, size) }
                digest.update(part)
                size += Int64(part.count)
            }
        }
        let url = plan.root.description
        return ArtifactArrival(
            .file(copy), size: size, digest: digest, name: plan.root.path.split(separator: "/").last.map(String.init) ?? "archive",
            kind: .archive, source: url, url: url, job: plan.job)
    }

    /// Copies the archive: its owner may change it while it is read.
    private func take(_ url: SiteURL, to path: String, retries: Int) async throws {
        guard url.host.text == SpoolFolder.host else { return try await download.fetch(url, to: path, retries: retries) }
        let spool = try SpoolFolder.required(spool)
        let source = spool.path + "/" + (try spool.name(of: url))
        do {
            try await BlockingWork.run { isCancelled in
                let parts = try FileParts(source)
                try RootedFolder(String(path[..<(path.lastIndex(of: "/") ?? path.endIndex)])).replace(["archive"]) {
                    if isCancelled() { throw CancellationError() }
                    return try parts.next()
                }
            }
        } catch {
            guard let failure = error as? RootedFolder.Failure else { throw error }
            throw Fault(
                .notFound, code: "E_SPOOL", "The archive cannot be read: \(failure).", field: "web_url",
                hint: "Check that it lies in the spool folder of the worker.", isTransient: !failure.isMissing)
        }
    }
}
