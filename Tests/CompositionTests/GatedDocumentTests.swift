import Domain
import Fetch
import Policy
import Primitives
import TestSupport
import Testing

@testable import Composition

@Suite struct `Documents of an identity provider` {
    private func fault(_ url: String, _ policy: URLPolicy) async throws -> String? {
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        do {
            _ = try await GatedDocuments(fetcher: fetcher, policy: policy, gates: GateRegistry()).document(at: url, limit: .kibibytes(1))
            return nil
        } catch let fault as Fault { return fault.code }
    }

    @Test func `Addresses pass the gates, and only a whole document counts`() async throws {
        try await LoopbackHTTPServer.withServer { request in
            switch request.path {
            case "/good": .json("{}")
            case "/large": .json(String(repeating: " ", count: 2000))
            case "/moved": .redirect(to: "/good")
            default: .status(404)
            }
        } body: { server in
            var allowed = URLPolicy()
            allowed.allowedNetworks = ["127.0.0.0/8"].compactMap { IPNetwork($0) }
            let good = try await fault(server.url + "/good", allowed)
            #expect(good == nil)
            for path in ["/large", "/moved", "/none"] {
                let code = try await fault(server.url + path, allowed)
                #expect(code == "E_UNAVAILABLE", "\(path)")
            }
            let before = server.requests.count
            let inside = try await fault(server.url + "/good", URLPolicy())
            #expect(inside != nil)
            for url in ["file:///etc/passwd", "https://user:secret@id.example.com/", "nonsense"] {
                let code = try await fault(url, allowed)
                #expect(code != nil, "\(url)")
            }
            #expect(server.requests.count == before)
        }
    }
}
