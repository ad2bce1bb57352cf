import Catalog
import Domain
import Testing

@Suite struct `Lockfiles` {
    private static func artifact(_ id: String, _ change: (inout LockedArtifact) -> Void = { _ in }) -> LockedArtifact {
        var artifact = LockedArtifact(
            id: id, library: "Lib", version: "1.0", kind: "archive", url: "https://example.org/\(id).zip", bytes: 10, etag: "\"a\"",
            sha256: String(repeating: "0", count: 64))
        change(&artifact)
        return artifact
    }

    private static let sources = String(repeating: "1", count: 64)
    private static let lockfile = Lockfile(sourcesHash: sources, artifacts: [artifact("b"), artifact("a") { $0.etag = nil }])

    @Test func `the same content has the same hash, whatever its order`() {
        let other = Lockfile(sourcesHash: Self.sources, artifacts: Self.lockfile.artifacts.reversed())
        #expect(other.hash == Self.lockfile.hash)
        #expect(other.text == Self.lockfile.text)
        // Fixed for good: lockfiles of earlier releases must go on being valid.
        #expect(Self.lockfile.hash == "5002df25c0d2676bb2286ceaa9857ff34c9d8d2e171e9784914ee4a571ecf6cf")
    }

    @Test func `a lockfile is written for people and read again`() throws {
        let text = Self.lockfile.text
        #expect(
            text.hasPrefix(
                """
                {
                  "artifacts" : [
                    {
                      "bytes" : 10,
                      "id" : "a",
                """))
        #expect(try Lockfile(text: text) == Self.lockfile)
    }

    @Test(arguments: [
        ("", "", "not in the format"), ("portolan.lock/1", "portolan.lock/9", "another format"),
        ("a.zip", "evil.zip", "does not fit its hash"),
        ("\"Lib\"", "\"Other\"", "does not fit its hash"),
    ])
    func `a lockfile that was changed is refused`(text: String, replacement: String, problem: String) {
        let changed =
            text.isEmpty ? "{}" : Self.lockfile.text.split(separator: text, omittingEmptySubsequences: false).joined(separator: replacement)
        let fault = #expect(throws: Fault.self) { try Lockfile(text: changed) }
        #expect(fault?.code == "E_LOCK")
        #expect(fault?.message.contains(problem) == true)
    }

    @Test func `a difference names what was added, removed and updated`() {
        let older = Lockfile(sourcesHash: Self.sources, artifacts: ["gone", "kept", "moved"].map { Self.artifact($0) })
        let newer = Lockfile(
            sourcesHash: Self.sources,
            artifacts: [
                Self.artifact("kept"), Self.artifact("new") { $0.sha256 = nil },
                Self.artifact("moved") {
                    $0.url = "https://mirror.example.org/moved.zip"
                    $0.etag = nil
                    $0.bytes = 11
                },
            ])
        let diff = LockfileDiff(from: older, to: newer)
        let zeros = String(repeating: "0", count: 64)
        let golden =
            #"{"added":[{"bytes":10,"etag":"\"a\"","id":"new","kind":"archive","library":"Lib","url":"https://example.org/new.zip","#
            + #""version":"1.0"}],"newer":"\#(newer.hash)","older":"\#(older.hash)","#
            + #""removed":[{"bytes":10,"etag":"\"a\"","id":"gone","kind":"archive","library":"Lib","sha256":"\#(zeros)","#
            + #""url":"https://example.org/gone.zip","version":"1.0"}],"unchanged":1,"#
            + #""updated":[{"changes":[{"field":"url","new":"https://mirror.example.org/moved.zip","old":"https://example.org/moved.zip"},"#
            + #"{"field":"bytes","new":"11","old":"10"},{"field":"etag","old":"\"a\""}],"id":"moved"}]}"#
        #expect(diff.json == golden)
        #expect(!diff.isEmpty)
        #expect(LockfileDiff(from: older, to: older).isEmpty)
        #expect(LockfileDiff(from: older, to: older).unchanged == 3)
    }

    // MARK: Sources

    private static func source(
        id: String = "a", kind: String? = nil, urls: [String] = ["https://example.org/a.zip"], sha256: String? = nil
    ) throws(Fault) -> ArtifactSource {
        try ArtifactSource(id: id, library: nil, version: nil, kind: kind, urls: urls, sha256: sha256)
    }

    @Test func `the hash of sources does not depend on their order`() throws {
        let (a, b) = (try Self.source(), try Self.source(id: "b"))
        #expect(try ArtifactSources([a, b]).hash == ArtifactSources([b, a]).hash)
        #expect(try ArtifactSources([a, b]).hash != ArtifactSources([a]).hash)
        #expect(a.library == "a")
        #expect(a.version == "latest")
    }

    @Test func `sources that cannot be are refused with their field`() {
        func field(_ make: () throws(Fault) -> Void) -> String? {
            #expect(throws: Fault.self, performing: make)?.field
        }
        #expect(field { () throws(Fault) in _ = try Self.source(id: "A b") } == "sources.id")
        #expect(field { () throws(Fault) in _ = try Self.source(kind: "website") } == "sources.a.kind")
        #expect(field { () throws(Fault) in _ = try Self.source(urls: []) } == "sources.a.urls")
        #expect(field { () throws(Fault) in _ = try Self.source(urls: ["ftp://example.org"]) } == "sources.a.urls")
        #expect(field { () throws(Fault) in _ = try Self.source(sha256: "12") } == "sources.a.sha256")
        #expect(field { () throws(Fault) in _ = try ArtifactSources([]) } == "sources")
        #expect(field { () throws(Fault) in _ = try ArtifactSources([try Self.source(), try Self.source()]) } == "sources.a")
    }
}
