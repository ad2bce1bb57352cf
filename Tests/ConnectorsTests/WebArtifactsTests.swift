import Connectors
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import TestSupport
import Testing

@Suite struct `Artifacts from the web` {
    private func withSupply<Result>(
        hosts: [String] = [], answering handler: @escaping LoopbackHTTPServer.Handler,
        body: (WebArtifacts, LoopbackHTTPServer) async throws -> Result
    ) async throws -> Result {
        try await withTemporaryDirectory { folder in
            try await LoopbackHTTPServer.withServer(handler: handler) { server in
                var policy = URLPolicy()
                policy.allowedNetworks = [try #require(IPNetwork("127.0.0.0/8"))]
                policy.allowedHosts = hosts
                let fetcher = try HTTPFetcher()
                defer { fetcher.close() }
                let supply = WebArtifacts(
                    fetcher: fetcher, policy: policy, gates: GateRegistry(), work: WorkFolder(folder), timing: .immediate)
                let result = try await body(supply, server)
                #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
                return result
            }
        }
    }

    @Test func `a probe asks for the head and follows redirects`() async throws {
        try await withSupply { request in
            request.path == "/old" ? .redirect(to: "/new", status: 302) : .bytes([1, 2, 3], headers: [("etag", "\"v1\"")])
        } body: { supply, server in
            let probed = try await supply.probe(server.url + "/old")
            #expect(probed == ProbedArtifact(bytes: 3, etag: "\"v1\""))
            #expect(server.requests.map(\.method) == ["HEAD", "HEAD"])
        }
    }

    @Test func `a server that does not know HEAD is asked with GET`() async throws {
        try await withSupply { request in
            request.method == "HEAD" ? .status(405) : .bytes([1, 2, 3, 4])
        } body: { supply, server in
            let probed = try await supply.probe(server.url + "/a")
            #expect(probed.bytes == 4)
        }
    }

    @Test func `what is too large or missing is refused, and what may pass is tried again`() async throws {
        let failures = Locked(1)
        try await withSupply { request in
            if request.path == "/large" { return .status(200, headers: [("content-length", "999999999999")]) }
            if request.path == "/missing" { return .status(404) }
            return failures.withLock {
                $0 -= 1
                return $0
            } >= 0 ? .status(503) : .bytes([1])
        } body: { supply, server in
            #expect(await #expect(throws: Fault.self) { _ = try await supply.probe(server.url + "/large") }?.code == "E_FILE_SIZE")
            #expect(await #expect(throws: Fault.self) { _ = try await supply.probe(server.url + "/missing") }?.code == "E_HTTP_STATUS")
            let probed = try await supply.probe(server.url + "/flaky")
            #expect(probed.bytes == 1)
        }
    }

    @Test func `hosts that are not allowed are not asked`() async throws {
        try await withSupply(hosts: ["example.org"]) { _ in
            .bytes([1])
        } body: { supply, server in
            let fault = await #expect(throws: Fault.self) { _ = try await supply.probe(server.url + "/a") }
            #expect(fault?.code == "E_HOST_DENY")
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `a file is there while it is looked at`() async throws {
        try await withSupply { _ in
            .bytes(Array("abc".utf8), headers: [("etag", "\"v1\"")])
        } body: { supply, server in
            try await supply.take(server.url + "/a.zip") { artifact in
                #expect(artifact.bytes == 3)
                #expect(artifact.digest == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
                #expect(artifact.etag == "\"v1\"")
                #expect(FileManager.default.contents(atPath: artifact.path) == Data("abc".utf8))
            }
        }
    }

    @Test func `lists are lines of text or JSON, with addresses relative to them`() async throws {
        let digest = String(repeating: "a", count: 64)
        try await withSupply { request in
            request.path == "/d/list.txt"
                ? .text("# nightly\na.zip\n\n  https://example.org/b.zip # mirror\n")
                : .text(#"["a.zip", {"url": "/b.zip", "sha256": "\#(digest)"}]"#)
        } body: { supply, server in
            #expect(try await supply.list(server.url + "/d/list.txt").map(\.url) == [server.url + "/d/a.zip", "https://example.org/b.zip"])
            let json = try await supply.list(server.url + "/d/list.json")
            #expect(json == [ListedArtifact(url: server.url + "/d/a.zip"), ListedArtifact(url: server.url + "/b.zip", sha256: digest)])
        }
    }

    @Test(arguments: ["a.zip b.zip", "[1]", "[\"a.zip\"", "ftp://example.org/a.zip", "http://"])
    func `a list that is none is refused`(text: String) async throws {
        try await withSupply { _ in
            .text(text)
        } body: { supply, server in
            let fault = await #expect(throws: Fault.self) { _ = try await supply.list(server.url + "/list") }
            #expect(fault?.code == "E_LIST")
        }
    }
}
