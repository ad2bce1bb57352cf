import Archives
import Digests
package import Domain
package import Fetch
import FoundationEssentials
import Ontologies
package import Policy
import Primitives

/// Artifacts from the web, each hop through the gates.
package struct WebArtifacts: ArtifactSupply {
    private let download: ArchiveDownload
    private let work: WorkFolder
    private let extractor: ArchiveExtractor

    /// Largest list.
    static let largestList = ByteCount.mebibytes(1)
    private static let retries = 2

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be fetched.
    ///   - gates: decides, and counts.
    ///   - work: where files lie while they are looked at.
    ///   - timing: the clock of pauses.
    package init(
        fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, work: WorkFolder, timing: CrawlTiming = .system
    ) {
        download = ArchiveDownload(fetcher: fetcher, policy: policy, gates: gates, timing: timing)
        (self.work, extractor) = (work, ArchiveExtractor(gates: gates))
    }

    package func probe(_ url: String) async throws -> ProbedArtifact {
        let headers = try await download.head(try Self.parsed(url), retries: Self.retries).headers
        let bytes = headers["Content-Length"].flatMap { Int64($0) }
        if let bytes, bytes > ArchiveDownload.maximumSize.bytes {
            throw Fault(
                .validation, code: "E_FILE_SIZE", "The artifact has \(bytes) bytes.", field: "urls",
                limit: ArchiveDownload.maximumSize.description)
        }
        return ProbedArtifact(bytes: bytes, etag: headers["ETag"].map { String($0.prefix(256)) })
    }

    package func list(_ url: String) async throws -> [ListedArtifact] {
        let base = try Self.parsed(url)
        let bytes = try await download.bytes(base, limit: Self.largestList, retries: Self.retries)
        return try ArtifactList.entries(bytes, base: base)
    }

    package func take<Result>(_ url: String, _ body: (TakenArtifact) async throws -> Result) async throws -> Result {
        let address = try Self.parsed(url)
        return try await work.with { folder in
            let path = folder + "/artifact"
            let head = try await download.answer(address, to: path, retries: Self.retries)
            let (bytes, digest) = try await Self.digest(path)
            return try await body(
                TakenArtifact(
                    url: address.description, path: path, bytes: bytes, digest: digest, etag: head.headers["ETag"],
                    lastModified: head.headers["Last-Modified"]))
        }
    }

    package func unpack(_ artifact: TakenArtifact, kind: SourceKind) async throws -> (folder: String?, files: [ArtifactFile]) {
        guard kind == .archive else { return (nil, [try await checked(artifact)]) }
        let parent = String(artifact.path.prefix(upTo: artifact.path.lastIndex(of: "/") ?? artifact.path.startIndex))
        let extraction = try await extractor.extract(artifact.path, into: parent)
        return (
            extraction.folder,
            extraction.files.map { ArtifactFile(path: $0.path.description, bytes: $0.bytes, digest: $0.digest) }
        )
    }

    /// An ontology whose terms can be read.
    private func checked(_ artifact: TakenArtifact) async throws -> ArtifactFile {
        var limits = OntologyLimits()
        limits.bytes = ArchiveDownload.maximumSize.bytes
        let bytes = try await BlockingWork.run { _ in
            let parts = try FileParts(artifact.path)
            var bytes: [UInt8] = []
            while true {
                let part = try parts.next()
                if part.isEmpty { return bytes }
                bytes += part
            }
        }
        do throws(OntologyError) {
            _ = try await OntologyParser.parse(bytes, address: artifact.url, limits: limits)
        } catch {
            throw Fault(
                .inputSanitization, code: error.code.rawValue, error.message, field: "urls", limit: error.limit,
                hint: "Check that the address delivers the whole ontology in one of the syntaxes that are read.")
        }
        return ArtifactFile(path: artifact.name, bytes: artifact.bytes, digest: [UInt8](hexadecimal: artifact.digest) ?? [])
    }

    private static func parsed(_ url: String) throws(Fault) -> SiteURL {
        do throws(SiteURL.Invalid) {
            return try SiteURL(url)
        } catch {
            throw .invalid(field: "urls", "The address is no http or https address: \(error).")
        }
    }

    private static func digest(_ path: String) async throws -> (Int64, String) {
        try await BlockingWork.run { isCancelled in
            let parts = try FileParts(path)
            var digest = SHA256()
            var size: Int64 = 0
            while true {
                if isCancelled() { throw CancellationError() }
                let part = try parts.next()
                if part.isEmpty { return (size, digest.finalize().hexadecimal) }
                digest.update(part)
                size += Int64(part.count)
            }
        }
    }
}
