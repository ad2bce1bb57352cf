import Catalog
import Digests
import Domain
import Testing

@Suite struct `Validators` {
    private static let job = RunningJob(id: .make(), documentation: .make(), correlationID: "test")

    private static func page(
        _ name: String, links: [String] = [], isDamaged: Bool = false, text: String? = nil, longestChunk: Int = 10
    ) -> ValidationSubject.Page {
        ValidationSubject.Page(
            name: name, links: links, isDamaged: isDamaged, checksum: SHA256.hash(text ?? name), longestChunk: longestChunk)
    }

    private static func file(_ path: String, bytes: Int64 = 5) -> ExtractedFile {
        ExtractedFile(path: path, bytes: bytes, digest: SHA256.hash(path), storageKey: "k/" + path)
    }

    private static func failures(_ subject: ValidationSubject, budget: Duration = .seconds(120)) async -> [String] {
        var policy = ValidationPolicy()
        policy.budget = budget
        return await ValidationStage.findings(subject, policy: policy, now: { .now }).filter { $0.status != .pass }
            .map { "\($0.validator) \($0.path) \($0.status)" }
    }

    @Test func `find empty and huge pages, damaged text, repeated text and chunks that are too long`() async {
        let subject = ValidationSubject(
            pages: [
                Self.page("a.html"), Self.page("b.html", isDamaged: true), Self.page("c.html", text: "a.html"),
                Self.page("d.html", longestChunk: 257),
            ],
            files: [Self.file("a.html", bytes: 0), Self.file("b.html", bytes: 11 << 20), Self.file("logo.png", bytes: 0)],
            brokenLinks: [], base: nil, chunkLimit: 256)
        #expect(
            await Self.failures(subject) == [
                "size a.html fail", "size b.html fail", "encoding b.html fail", "duplicates c.html fail", "chunk_size d.html fail",
            ])
    }

    @Test(arguments: [
        ("https://h/docs.zip/guide/a.md", true), ("https://h/docs.zip/guide/a", true), ("https://h/docs.zip/guide/", true),
        ("https://h/docs.zip/", true), ("https://h/docs.zip/guide/a%20b.html?x=1", true), ("https://h/docs.zip/missing.html", false),
        ("https://elsewhere/missing.html", true), ("https://h/gone", false),
    ])
    func `follow links as a server would`(link: String, leadsSomewhere: Bool) async {
        let subject = ValidationSubject(
            pages: [Self.page("index.html", links: [link])],
            files: [Self.file("index.html"), Self.file("guide/a.md"), Self.file("guide/a b.html")], brokenLinks: ["https://h/gone"],
            base: "https://h/docs.zip/", chunkLimit: 256)
        #expect(await Self.failures(subject).isEmpty == leadsSomewhere)
    }

    @Test func `stop when the budget is spent`() async {
        let subject = ValidationSubject(
            pages: [Self.page("a.html")], files: [Self.file("a.html")], brokenLinks: [], base: nil, chunkLimit: 256)
        let found = await Self.failures(subject, budget: .zero)
        #expect(found.count == 5)
        #expect(found.allSatisfy { $0.hasSuffix("timeout") })
    }

    @Test(arguments: [
        ("a/b.HTML", "html"), ("a.b/c", "bin"), (".hidden", "bin"), ("x.tar.gz", "gz"), ("x.", "bin"), ("x.ü", "bin"), ("x", "bin"),
    ])
    func `name formats after endings`(path: String, format: String) {
        #expect(ExtractedFile.format(of: path) == format)
    }

    @Test(arguments: ["", "A", ".a", "a/b", "-a", "ä", String(repeating: "a", count: 101)])
    func `slots are plain names`(name: String) {
        #expect(CatalogSlot(rawValue: name) == nil)
    }
}
