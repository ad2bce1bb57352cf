import Connectors
import Digests
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `Reading an ontology` {
    private static func obo(_ stanzas: String...) -> String {
        "format-version: 1.2\nontology: small\n\n" + stanzas.map { "[Term]\n\($0)\n\n" }.joined()
    }

    private static let first = obo(
        "id: GO:1\nname: whole", "id: GO:2\nname: part\nsynonym: \"piece\" EXACT []\nis_a: GO:1", "id: GO:3\nname: third")
    private static let second = obo(
        "id: GO:1\nname: whole", "id: GO:2\nname: part\nsynonym: \"bit\" EXACT []\nis_a: GO:1", "id: GO:4\nname: fourth")

    @Test func `hands out an introduction and a page for each term at its own address`() async throws {
        try await Self.serving(Self.first) { server in
            let report = try await server.readOntology("/small.obo")
            #expect(report.read == ["/small.obo", "/obo/GO_1", "/obo/GO_2", "/obo/GO_3"])
            #expect(report.pages[2].url.description == "http://purl.obolibrary.org/obo/GO_2")
            #expect(report.pages.allSatisfy { $0.contentType == .markdown })
            let page = String(decoding: report.pages[2].body, as: UTF8.self)
            #expect(page.hasPrefix("# part\n\nAlso called: piece.\n"))
            #expect(page.contains("Is a: [whole](<http://purl.obolibrary.org/obo/GO_1>)"))
            #expect(report.summary?.isComplete == true)
            #expect(report.summary?.counts == [.fetched: 4])
        }
    }

    @Test func `brings its file over the boundaries, and one that cannot be read is refused there`() async throws {
        try await Self.serving(Self.first) { server in
            let intake = RecordingIntake()
            try await server.readOntology("/small.obo", intake: intake)
            let digest = SHA256.hash(Self.first).hexadecimal
            #expect(intake.crossings == ["download \(digest)", "extract \(digest)"])
            #expect(intake.files.map(\.path) == ["small.obo"])
        }
        try await Self.serving("no ontology at all") { server in
            let intake = RecordingIntake()
            let fault = await #expect(throws: Fault.self) { try await server.readOntology("/small.obo", intake: intake) }
            let digest = SHA256.hash("no ontology at all").hexadecimal
            #expect(intake.crossings == ["download \(digest)", "refuse \(digest) \(fault?.code ?? "")"])
        }
    }

    @Test func `a new release touches the terms that changed and no other`() async throws {
        var known: [String: KnownPage] = [:]
        try await Self.serving(Self.first) { known = try await $0.readOntology("/small.obo").known }
        try await Self.serving(Self.second) { server in
            // The introduction was read from another port, so that its validators do not count here.
            known["/small.obo"] = nil
            let report = try await server.readOntology("/small.obo", known: known)
            #expect(report.read == ["/small.obo", "/obo/GO_2", "/obo/GO_4"])
            #expect(report.others.isEmpty == false)
            #expect(report.summary?.counts == [.fetched: 3, .notModified: 1])
        }
    }

    @Test func `a file that has not changed is not sent again, and all its pages stay`() async throws {
        try await Self.serving(Self.first) { server in
            let known = try await server.readOntology("/small.obo").known
            let report = try await server.readOntology("/small.obo", known: known)
            #expect(report.summary?.counts == [.notModified: 4])
            #expect(report.summary?.isComplete == true)
            #expect(report.outcomes.first?.links == known["/small.obo"]?.links)
            #expect(server.requests.count == 2)
        }
    }

    @Test func `a page that has to be made again costs the whole file`() async throws {
        try await Self.serving(Self.first) { server in
            var known = try await server.readOntology("/small.obo").known
            known["/obo/GO_3"] = nil
            let report = try await server.readOntology("/small.obo", known: known)
            #expect(report.read == ["/small.obo", "/obo/GO_3"])
            #expect(report.summary?.counts == [.fetched: 2, .notModified: 2])
        }
    }

    @Test func `an interrupted job goes on behind what it reported`() async throws {
        try await Self.serving(Self.first) { server in
            let whole = try await server.readOntology("/small.obo")
            let report = try await server.readOntology("/small.obo", visited: Array(whole.outcomes.prefix(2)))
            #expect(report.read == ["/obo/GO_2", "/obo/GO_3"])
            #expect(report.summary?.counts == [.fetched: 4])
        }
    }

    @Test func `the page cap leaves terms out and says that the job is not complete`() async throws {
        try await Self.serving(Self.first) { server in
            let report = try await server.readOntology("/small.obo", maximumPages: 2)
            #expect(report.read == ["/small.obo", "/obo/GO_1"])
            #expect(report.others == ["http://purl.obolibrary.org/obo/GO_2": .cap, "http://purl.obolibrary.org/obo/GO_3": .cap])
            #expect(report.summary?.isComplete == false)
            #expect(report.summary?.hitCap == true)
            #expect(report.pages.first?.etag == nil)
        }
    }

    @Test func `globs choose terms`() async throws {
        try await Self.serving(Self.first) { server in
            let report = try await server.readOntology("/small.obo", exclude: ["/obo/GO_2"])
            #expect(report.read == ["/small.obo", "/obo/GO_1", "/obo/GO_3"])
            #expect(report.others == ["http://purl.obolibrary.org/obo/GO_2": .excluded])
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test func `no two terms share a path, and every one is readable`() async throws {
        let text = """
            @prefix owl: <http://www.w3.org/2002/07/owl#> .
            <http://www.w3.org/2004/02/skos/core#Concept> a owl:Class . <http://www.w3.org/2004/02/skos/core#Label> a owl:Class .
            <http://www.w3.org/2004/02/skos/core> a owl:Class . <http://other.org/2004/02/skos/core#Label> a owl:Class .
            <http://example.org/?id=7> a owl:Class . <urn:example:a/b> a owl:Class . <http://example.org/> a owl:Class .
            """
        try await Self.serving(text, at: "/onto.ttl") { server in
            let report = try await server.readOntology("/onto.ttl")
            #expect(
                Set(report.read) == [
                    "/onto.ttl", "/2004/02/skos/core/Concept", "/2004/02/skos/core/Label", "/2004/02/skos/core",
                    "/2004/02/skos/core/Label~2",
                    "/id=7", "/onto.ttl/urn:example:a-b", "/onto.ttl/http:--example.org-",
                ])
            #expect(report.read.count == 8)
        }
    }

    @Test func `what is wrong with a part of the file is an outcome, and the rest goes on`() async throws {
        try await Self.serving(Self.obo("id: GO:1\nname: one", "name: no identifier")) { server in
            let report = try await server.readOntology("/small.obo")
            #expect(report.read == ["/small.obo", "/obo/GO_1"])
            let problem = report.outcome("/small.obo/problem-1")
            #expect(problem?.reason == .invalid)
            #expect(problem?.detail == "E_TERM_ID: line 8: The stanza has no id and was left out.")
            #expect(report.summary?.isComplete == true)
        }
    }

    @Test(arguments: [
        ("<!DOCTYPE html><html></html>", "E_ONTOLOGY_FORMAT"), ("format-version: 1.2\n", "E_ONTOLOGY_EMPTY"),
        ("format-version: 1.2\n[Term]\nid: A:1\ndef: \"half", "E_ONTOLOGY_TRUNCATED"),
    ])
    func `a file that is no ontology fails the job with the reason, before any page`(text: String, code: String) async throws {
        try await Self.serving(text) { server in
            let fault = await #expect(throws: Fault.self) {
                try await server.readOntology("/small.obo") { _ in Issue.record("a page was reported") }
            }
            #expect(fault?.code == code)
            #expect(fault?.field == "web_url")
            #expect(fault?.isTransient == false)
        }
    }

    @Test func `a file beyond the limit and one that is missing fail the job`() async throws {
        try await Self.serving(Self.first + String(repeating: "! long\n", count: 300_000)) { server in
            let fault = await #expect(throws: Fault.self) {
                try await server.readOntology("/small.obo", largestFile: .mebibytes(1))
            }
            #expect(fault?.code == "E_FILE_SIZE")
            let missing = await #expect(throws: Fault.self) { try await server.readOntology("/other.obo") }
            #expect(missing?.code == "E_HTTP_STATUS")
        }
    }

    @Test func `addresses in private networks are refused, in redirects and registries too`() async throws {
        try await Self.serving(Self.first) { server in
            let fault = await #expect(throws: Fault.self) { try await server.readOntology("/small.obo", networks: []) }
            #expect(fault?.category == .security)
        }
        let handler: LoopbackHTTPServer.Handler = { request in
            request.path == "/away.obo"
                ? .redirect(to: "http://10.0.0.1/x.obo")
                : .json("{\"ontologies\": [{\"id\": \"x\", \"ontology_purl\": \"http://10.0.0.1/x.obo\"}]}")
        }
        try await LoopbackHTTPServer.withServer(handler: handler) { server in
            for (path, ontology) in [("/away.obo", nil), ("/registry.jsonld/x", "x")] {
                let fault = await #expect(throws: Fault.self) { try await server.readOntology(path, ontology: ontology) }
                #expect(fault?.code == "E_PRIVATE_NET")
            }
        }
    }

    @Test func `an ontology of a registry is read from where the registry says`() async throws {
        let handler: LoopbackHTTPServer.Handler = { request in
            switch request.path {
            case "/registry.jsonld":
                .json(
                    "{\"ontologies\": [{\"id\": \"small\", \"title\": \"Small\", \"license\": {\"label\": \"CC0\"}, \"products\": "
                        + "[{\"id\": \"small.obo\", \"ontology_purl\": \"http://\(request.field("host") ?? "")/files/small.obo\"}]}]}")
            case "/files/small.obo": .redirect(to: "/files/small-2.obo")
            case "/files/small-2.obo": .text("format-version: 1.2\n\n[Term]\nid: GO:1\nname: whole\n")
            default: .status(404)
            }
        }
        try await LoopbackHTTPServer.withServer(handler: handler) { server in
            let connector = try server.ontologyConnector()
            let address = try connector.address(server.url + "/registry.jsonld", options: ["ontology": "Small"])
            #expect(address.rootURL == server.url + "/registry.jsonld/small")
            #expect(address.library == "small")
            #expect(try connector.address(address.rootURL, options: ["ontology": "small"]) == address)
            let report = try await server.readOntology("/registry.jsonld/small", ontology: "small")
            #expect(report.read == ["/registry.jsonld/small", "/obo/GO_1"])
            #expect(String(decoding: report.pages[0].body, as: UTF8.self).hasPrefix("# Small\n\n- License: CC0\n"))
            let fault = await #expect(throws: Fault.self) { try await server.readOntology("/registry.jsonld/none", ontology: "none") }
            #expect(fault?.code == "E_ONTOLOGY_REGISTRY")
            #expect(fault?.field == "options.ontology")
        }
    }

    @Test func `the connector names the library after the file, and its cursor changes with the file`() async throws {
        let tag = Locked("\"1\"")
        let handler: LoopbackHTTPServer.Handler = { _ in .bytes(Array(Self.first.utf8), headers: [("ETag", tag.withLock { $0 })]) }
        try await LoopbackHTTPServer.withServer(handler: handler) { server in
            let connector = try server.ontologyConnector()
            let address = try connector.address(server.url + "/obo/small.obo", options: [:])
            #expect(address.library == "small")
            let settings = try IngestionSettings(rootURL: address.rootURL, kind: connector.kind)
            let before = try await connector.cursor(settings)
            #expect(try await connector.cursor(settings) == before)
            tag.withLock { $0 = "\"2\"" }
            #expect(try await connector.cursor(settings) != before)
            #expect(connector.maximumPages == 100_000)
            #expect(throws: Fault.self) { try connector.address(server.url, options: ["ontology": "../x"]) }
        }
    }

    @Test(.enabled(if: TestData.isExpected))
    func `two releases of a real ontology differ in what was edited`() async throws {
        let folder = try TestData.path("ontologies")
        func text(_ name: String) -> String {
            String(decoding: FileManager.default.contents(atPath: "\(folder)/\(name)") ?? Data(), as: UTF8.self)
        }
        let (old, new) = (text("symp.2024-05.obo"), text("symp.2026-07.obo"))
        var known: [String: KnownPage] = [:]
        var first = CrawlReport()
        try await Self.serving(old) { first = try await $0.readOntology("/small.obo") }
        known = first.known
        known["/small.obo"] = nil
        #expect(first.read.count == 1 + 1019 + 1)
        try await Self.serving(new) { server in
            let report = try await server.readOntology("/small.obo", known: known)
            #expect(report.summary?.counts.values.reduce(0, +) == 1 + 1020 + 1)
            let bodies = Dictionary(uniqueKeysWithValues: first.pages.map { ($0.finalURL.path, $0.body) })
            // Everything that is handed out differs from what was, and it is little.
            #expect(report.pages.allSatisfy { bodies[$0.finalURL.path] != $0.body })
            #expect(report.pages.count < 40, "\(report.pages.count) pages")
        }
    }

    private static func serving(_ text: String, at path: String = "/small.obo", _ body: (LoopbackHTTPServer) async throws -> Void)
        async throws
    {
        let bytes = Array(text.utf8)
        let tag = "\"\(bytes.count)-\(text.hashValue)\""
        let handler: LoopbackHTTPServer.Handler = { request in
            guard request.path == path else { return .status(404) }
            if request.field("if-none-match") == tag { return .status(304) }
            return .bytes(bytes, headers: [("ETag", tag), ("Content-Type", "text/plain")])
        }
        try await LoopbackHTTPServer.withServer(handler: handler, body: body)
    }
}

extension CrawlReport {
    /// What the store would know after this job.
    var known: [String: KnownPage] {
        var known: [String: KnownPage] = [:]
        for page in pages {
            let links = outcomes.first { $0.url == page.url }?.links ?? []
            known[page.finalURL.path] = KnownPage(etag: page.etag, lastModified: page.lastModified, links: links)
        }
        return known
    }
}

extension LoopbackHTTPServer {
    func ontologyConnector() throws -> OntologyConnector {
        var policy = URLPolicy()
        policy.allowedNetworks = ["127.0.0.0/8"].compactMap { IPNetwork($0) }
        return OntologyConnector(fetcher: try HTTPFetcher(), policy: policy, gates: GateRegistry())
    }

    /// Reads an ontology of this server.
    @discardableResult
    func readOntology(
        _ path: String, ontology: String? = nil, maximumPages: Int = 100_000, exclude: [String] = [], known: [String: KnownPage] = [:],
        visited: [PageOutcome] = [], networks: [String] = ["127.0.0.0/8"], largestFile: ByteCount = .mebibytes(16),
        intake: (any ArtifactIntake)? = nil,
        onPage: (PageOutcome) async throws -> Void = { _ in }
    ) async throws -> CrawlReport {
        var policy = URLPolicy()
        policy.allowedNetworks = networks.compactMap { IPNetwork($0) }
        let plan = try CrawlPlan(root: SiteURL(url + path), maximumPages: maximumPages, exclude: exclude.map { try URLPattern($0) })
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let source = OntologySource(
            fetcher: fetcher, policy: policy, gates: GateRegistry(), largestFile: largestFile, timing: .immediate, intake: intake
        ).choosing(ontology)
        var report = CrawlReport()
        report.summary = try await source.crawl(plan, known: { known[$0.path] }, visited: visited) { outcome, page in
            report.outcomes.append(outcome)
            if let page { report.pages.append(page) }
            try await onPage(outcome)
        }
        return report
    }
}

extension HTTPServerRequest {
    /// The value of a header field, by its name in lower case.
    fileprivate func field(_ name: String) -> String? { headers.first { $0.name.lowercased() == name }?.value }
}
