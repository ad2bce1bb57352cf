import Digests
package import Domain
package import Fetch
import FoundationEssentials
import Ontologies
package import Policy
package import Primitives

/// Reads an ontology from its file: one page for each term, and one that introduces them at the address of the source.
///
/// The file is read whole, since terms name each other; its pages are made one by one. A file that has not changed since the last job is
/// not sent again: the introduction keeps the validators of the file, and the addresses of all pages as its links.
package struct OntologySource: DocumentSource {
    private let fetcher: HTTPFetcher
    private let policy: URLPolicy
    private let gates: GateRegistry
    private let largestFile: ByteCount
    private let timing: CrawlTiming
    private let intake: (any ArtifactIntake)?
    /// Identifier of the ontology in the registry that is read; nil when the address is that of the ontology.
    private var ontology: String?

    /// - Parameters:
    ///   - fetcher: the client, shared with others.
    ///   - policy: what may be fetched.
    ///   - gates: counts the decisions.
    ///   - largestFile: after decompression.
    ///   - timing: the clock of pauses.
    ///   - intake: keeps the files that are read; nil where none are kept.
    package init(
        fetcher: HTTPFetcher, policy: URLPolicy, gates: GateRegistry, largestFile: ByteCount = .mebibytes(128),
        timing: CrawlTiming = .system, intake: (any ArtifactIntake)? = nil
    ) {
        (self.fetcher, self.policy, self.gates) = (fetcher, policy, gates)
        (self.largestFile, self.timing, self.intake) = (largestFile, timing, intake)
    }

    /// The same source for an ontology of the registry that the address belongs to.
    package func choosing(_ ontology: String?) -> OntologySource {
        var source = self
        source.ontology = ontology?.lowercased()
        return source
    }

    package func crawl(
        _ plan: CrawlPlan, known: @escaping @Sendable (SiteURL) async throws -> KnownPage?, visited: [PageOutcome],
        onPage: (PageOutcome, FetchedPage?) async throws -> Void
    ) async throws -> CrawlSummary {
        let files = files(plan.limits)
        let target = try await target(plan.root.description, files)
        var run = OntologyRun(plan: plan, known: known, visited: visited)
        let stored = try await known(plan.root)
        if let stored, let pages = OntologyRun.pages(of: stored, file: target.address) {
            if let file = try await files.read(target.address, known: stored) {
                return try await run.walk(try await take(file, target, plan), file, target, onPage)
            }
            if let summary = try await run.confirm(pages, stored, onPage) { return summary }
        }
        guard let file = try await files.read(target.address, known: nil) else {
            throw Fault(.network, code: "E_HTTP_STATUS", "The server answers 304 to an unconditional request.", field: "web_url")
        }
        return try await run.walk(try await take(file, target, plan), file, target, onPage)
    }

    /// What tells the present state of the file; nil when the server sends no validators.
    func cursor(_ rootURL: String) async throws -> String? {
        let files = files(CrawlLimits())
        let target = try await target(rootURL, files)
        let validators = try await files.validators(target.address)
        return validators.map { String("\(target.address) \($0)".prefix(1000)) }
    }

    private func files(_ limits: CrawlLimits) -> OntologyFiles {
        var limits = limits
        limits.pageSize = largestFile
        // A file of a hundred megabytes from a slow server.
        limits.pageTimeout = max(limits.pageTimeout, .seconds(600))
        return OntologyFiles(fetcher: fetcher, policy: policy, gates: gates, limits: limits, timing: timing)
    }

    /// The file to read: the address itself, or what the registry below whose address it lies says.
    private func target(_ rootURL: String, _ files: OntologyFiles) async throws -> OntologyRun.Target {
        let root = try gates.evaluate(URLGate(policy), rootURL).get()
        guard let ontology else { return OntologyRun.Target(address: root, name: root.trimmedPath, license: nil) }
        let registryPath = root.trimmedPath.dropLast(ontology.utf8.count + 1)
        guard let file = try await files.read(root.with(path: registryPath.isEmpty ? "/" : String(registryPath)), known: nil) else {
            throw Fault(.network, code: "E_HTTP_STATUS", "The registry cannot be read.", field: "web_url")
        }
        do {
            let entry = try OntologyRegistry(file.bytes).entry(ontology)
            let address = try gates.evaluate(URLGate(policy), entry.address ?? "").get()
            return OntologyRun.Target(address: address, name: entry.title ?? entry.id, license: entry.licenseName)
        } catch let error as OntologyError {
            throw Fault(
                .validation, code: error.code.rawValue, error.message, field: "options.ontology", limit: error.limit,
                hint: "The registry is https://obofoundry.org/registry/ontologies.jsonld; use the id of an ontology in it.")
        }
    }

    /// Brings the file into the catalog and reads its terms; one that cannot be read is refused there too.
    private func take(_ file: OntologyFiles.File, _ target: OntologyRun.Target, _ plan: CrawlPlan) async throws -> TermPages {
        guard let intake else { return try await terms(file, target) }
        let digest = SHA256.hash(file.bytes)
        let name = target.address.path.split(separator: "/").last.map(String.init) ?? target.name
        let artifact = try await intake.download(
            ArtifactArrival(
                .bytes(file.bytes), size: Int64(file.bytes.count), digest: digest.hexadecimal, name: name, kind: .ontology,
                source: plan.root.description, url: target.address.description, etag: file.etag, lastModified: file.lastModified,
                job: plan.job))
        let pages: TermPages
        do {
            pages = try await terms(file, target)
        } catch {
            if let fault = error as? Fault, !fault.isTransient { try await intake.refuse(artifact, fault) }
            throw error
        }
        try await intake.extract(
            artifact, folder: nil, files: [ArtifactFile(path: name, bytes: Int64(file.bytes.count), digest: digest)])
        return pages
    }

    @concurrent private func terms(_ file: OntologyFiles.File, _ target: OntologyRun.Target) async throws -> TermPages {
        var limits = OntologyLimits()
        limits.bytes = largestFile.bytes
        do throws(OntologyError) {
            return TermPages(try await OntologyParser.parse(file.bytes, address: target.address.description, limits: limits))
        } catch {
            throw Fault(
                .inputSanitization, code: error.code.rawValue, error.message, field: "web_url", limit: error.limit,
                hint: "Check that the address delivers the whole ontology in one of the syntaxes that are read.")
        }
    }
}
