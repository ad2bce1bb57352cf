import Fetch
import Primitives
import TestSupport
import Testing

@Suite struct `Redirects and the address guard` {
    private static let site: LoopbackHTTPServer.Handler = { request in
        switch request.path {
        case "/chain/0": .text("end")
        case "/loop": .redirect(to: "/loop")
        case "/file": .redirect(to: "file:///etc/passwd")
        default: .redirect(to: "/chain/\((Int(request.path.split(separator: "/").last ?? "") ?? 1) - 1)")
        }
    }

    @Test func `a redirect is returned as it is by default`() async throws {
        try await withPeer(answering: Self.site) { server, fetcher in
            let answer = try await fetcher.send(server.request("/chain/3"))
            #expect(answer.status == 302)
            #expect(answer.headers["location"] == "/chain/2")
            #expect(server.requests.count == 1)
        }
    }

    @Test func `redirects are followed up to the limit`() async throws {
        try await withPeer(answering: Self.site) { server, fetcher in
            var request = server.request("/chain/3")
            request.redirects = .automatic(maximum: 3)
            let answer = try await fetcher.send(request)
            #expect(answer.body == Array("end".utf8))
            #expect(answer.finalURL == "\(server.url)/chain/0")
            #expect(answer.headers["location"] == nil)
            request.redirects = .automatic(maximum: 2)
            let error = await fetcher.failure(request)
            #expect(error?.code == .tooManyRedirects)
        }
    }

    @Test func `a circle ends at the limit`() async throws {
        try await withPeer(answering: Self.site) { server, fetcher in
            var request = server.request("/loop")
            request.redirects = .automatic(maximum: 5)
            let error = await fetcher.failure(request)
            #expect(error?.code == .tooManyRedirects)
            #expect(server.requests.count == 6)
        }
    }

    @Test func `a redirect never leaves HTTP`() async throws {
        try await withPeer(answering: Self.site) { server, fetcher in
            var request = server.request("/file")
            request.redirects = .automatic(maximum: 5)
            let error = await fetcher.failure(request)
            #expect(error?.code == .protocol)
        }
    }

    @Test(arguments: ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
    func `the guard sees the address behind every spelling, and nothing is sent when it refuses`(host: String) async throws {
        try await withPeer { _ in
            .status(200)
        } body: { server, fetcher in
            let seen = Locked<[ResolvedAddress]>([])
            var request = FetchRequest("GET", "http://\(host):\(server.port)/")
            request.addressGuard = { address in
                seen.withLock { $0.append(address) }
                return .refuse(reason: "loopback")
            }
            let error = await fetcher.failure(request)
            #expect(error?.code == .refusedAddress)
            #expect(error?.refusal == "loopback")
            #expect(error?.isRetryable == false)
            let addresses = seen.withLock { $0 }
            #expect(addresses.contains { $0.bytes == [127, 0, 0, 1] && $0.port == server.port && $0.description == "127.0.0.1" })
            #expect(server.requests.isEmpty)
            #expect(fetcher.metrics.connectionsOpened == 0)
        }
    }

    @Test func `a kept connection does not get around the guard`() async throws {
        try await withPeer { _ in
            .text("x")
        } body: { server, fetcher in
            let accepted = try await fetcher.send(server.request("/"))
            #expect(accepted.status == 200)
            var request = server.request("/")
            request.addressGuard = { _ in .refuse(reason: "no") }
            let error = await fetcher.failure(request)
            #expect(error?.code == .refusedAddress)
            #expect(server.requests.count == 1)
            request.addressGuard = { _ in .allow }
            let again = try await fetcher.send(request)
            #expect(again.status == 200)
        }
    }

    @Test func `the guard is asked again for each hop`() async throws {
        try await withPeer { _ in
            .text("inside")
        } body: { inside, fetcher in
            let port = inside.port
            try await LoopbackHTTPServer.withServer { _ in
                .redirect(to: "http://127.0.0.1:\(port)/")
            } body: { outside in
                var request = outside.request("/")
                request.redirects = .automatic(maximum: 5)
                request.addressGuard = { $0.port == port ? .refuse(reason: "inside") : .allow }
                let error = await fetcher.failure(request)
                #expect(error?.code == .refusedAddress)
                #expect(inside.requests.isEmpty)
            }
        }
    }
}
