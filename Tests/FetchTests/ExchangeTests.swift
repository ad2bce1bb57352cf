import Fetch
import Primitives
import TestSupport
import Testing

@Suite struct `Exchanges with a server` {
    @Test func `a GET returns status, headers, body and timings`() async throws {
        try await withPeer { _ in
            .bytes(Array("hello".utf8), status: 203, headers: [("X-One", "a"), ("x-one", "b"), ("ETag", "\"v1\""), ("X-Empty", "")])
        } body: { server, fetcher in
            let answer = try await fetcher.send(server.request("/path?q=1"))
            #expect(answer.status == 203)
            #expect(answer.body == Array("hello".utf8))
            #expect(answer.headers.values("X-ONE") == ["a", "b"])
            #expect(answer.headers["etag"] == "\"v1\"")
            #expect(answer.headers["x-empty"] == "")
            #expect(answer.finalURL == "\(server.url)/path?q=1")
            #expect(answer.timings.connectionsOpened == 1)
            #expect(answer.timings.total >= answer.timings.firstByte)
            #expect(server.requests.first?.target == "/path?q=1")
            #expect(server.requests.first?["user-agent"] == "Portolan")
        }
    }

    @Test(arguments: ["POST", "PUT", "PATCH", "DELETE"])
    func `a body arrives whole and with the headers given`(method: String) async throws {
        try await withPeer {
            .bytes($0.body.reversed())
        } body: { server, fetcher in
            let body = (0..<300_000).map { UInt8(truncatingIfNeeded: $0) }
            var request = server.request("/", method, body: body)
            request.headers["Content-Type"] = "application/x-test"
            let answer = try await fetcher.send(request)
            #expect(answer.body == body.reversed())
            #expect(server.requests.first?.method == method)
            #expect(server.requests.first?["content-type"] == "application/x-test")
            #expect(server.requests.first?["expect"] == nil)
        }
    }

    @Test func `an empty PUT says so`() async throws {
        try await withPeer { _ in
            .status(200)
        } body: { server, fetcher in
            _ = try await fetcher.send(server.request("/", "PUT"))
            #expect(server.requests.first?["content-length"] == "0")
            #expect(server.requests.first?["content-type"] == nil)
        }
    }

    @Test func `a signed request has a signature of all its fields and never the secret`() async throws {
        try await withPeer { _ in
            .status(200)
        } body: { server, fetcher in
            var request = server.request("/bucket/key?a=1&b=", "PUT", body: [1])
            request.headers = ["Content-Type": "text/plain", "x-amz-content-sha256": String(repeating: "0", count: 64)]
            request.signature = FetchSignature(
                region: "eu-central-1", service: "s3", accessKey: Redacted("AKID"), secretKey: Redacted("the+secret"))
            _ = try await fetcher.send(request)
            let authorization = server.requests.first?["authorization"] ?? ""
            #expect(authorization.hasPrefix("AWS4-HMAC-SHA256 Credential=AKID/"))
            #expect(
                authorization.contains("/eu-central-1/s3/aws4_request, SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date,"))
            #expect(server.requests.first.map { "\($0)".contains("the+secret") } == false)
        }
    }

    @Test(arguments: ["", "eu central", "eu:central", "eu\r\nX: y"])
    func `a signature that could smuggle a field is refused`(region: String) async throws {
        try await withPeer { _ in
            .status(200)
        } body: { server, fetcher in
            var request = server.request("/")
            request.signature = FetchSignature(region: region, service: "s3", accessKey: Redacted("AKID"), secretKey: Redacted("secret"))
            #expect(await fetcher.failure(request)?.code == .invalidRequest)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `an empty POST says so and is no form`() async throws {
        try await withPeer { _ in
            .status(204)
        } body: { server, fetcher in
            let answer = try await fetcher.send(server.request("/", "POST"))
            #expect(answer.status == 204)
            #expect(server.requests.first?["content-length"] == "0")
            #expect(server.requests.first?["content-type"] == nil)
        }
    }

    @Test func `HEAD has no body whatever its length says`() async throws {
        try await withPeer { _ in
            .bytes([], headers: [("content-length", "999999999")])
        } body: { server, fetcher in
            let answer = try await fetcher.send(server.request("/", "HEAD"))
            #expect(answer.body.isEmpty)
            #expect(answer.headers["content-length"] == "999999999")
        }
    }

    @Test func `connections are kept and used again`() async throws {
        try await withPeer { _ in
            .text("x")
        } body: { server, fetcher in
            for _ in 0..<20 { _ = try await fetcher.send(server.request("/")) }
            #expect(fetcher.metrics.connectionsOpened == 1)
            #expect(fetcher.metrics.completed == 20)
            #expect(fetcher.metrics.bytesReceived == 20)
            #expect(server.openConnections == 1)
        }
    }

    @Test func `a hundred parallel transfers each get their own answer`() async throws {
        try await withPeer {
            .text(String(repeating: $0.target, count: 1000))
        } body: { server, fetcher in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let answer = try await fetcher.send(server.request("/\(number)"))
                        return answer.body == Array(String(repeating: "/\(number)", count: 1000).utf8)
                    }
                }
                for try await isRight in group { #expect(isRight) }
            }
            #expect(fetcher.metrics.completed == 100)
            #expect(fetcher.metrics.active == 0)
        }
    }

    @Test func `transfers beyond the limit wait for a slot`() async throws {
        var configuration = HTTPFetcher.Configuration()
        configuration.maximumTransfers = 3
        let together = Locked((now: 0, most: 0))
        try await withPeer(configuration) { _ in
            together.withLock { ($0.now, $0.most) = ($0.now + 1, max($0.most, $0.now + 1)) }
            await Task.yield()
            together.withLock { $0.now -= 1 }
            return .text("x")
        } body: { server, fetcher in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<50 { group.addTask { try await fetcher.send(server.request("/")).status } }
                for try await status in group { #expect(status == 200) }
            }
            #expect(together.withLock { $0.most } <= 3)
        }
    }

    @Test func `too many waiting transfers are refused`() async throws {
        var configuration = HTTPFetcher.Configuration()
        (configuration.maximumTransfers, configuration.maximumQueued) = (1, 1)
        let arrived = Expectation()
        let released = Expectation()
        try await withPeer(configuration) { _ in
            arrived.fulfill()
            try await released.fulfillment()
            return .text("x")
        } body: { server, fetcher in
            async let first = fetcher.send(server.request("/"))
            try await arrived.fulfillment()
            async let second = fetcher.send(server.request("/"))
            try await eventually { fetcher.metrics.queued == 1 }
            let error = await fetcher.failure(server.request("/"))
            #expect(error?.code == .overloaded)
            #expect(error?.isRetryable == true)
            released.fulfill()
            #expect(try await first.status == 200)
            #expect(try await second.status == 200)
        }
    }

    @Test(arguments: [
        ("http://h/\r\nX: y", "GET", "A", "b"), ("http://h/ x", "GET", "A", "b"), ("ftp://h/", "GET", "A", "b"),
        ("file:///etc/passwd", "GET", "A", "b"),
        ("http://h/", "GE T", "A", "b"), ("http://h/", "", "A", "b"), ("http://h/", "GET", "A: x", "b"),
        ("http://h/", "GET", "A", "b\r\nC: d"),
        ("http://h/", "GET", "", "b"), ("http://h/", "GET", "A", "b\u{0}"),
    ])
    func `a request that could smuggle something is refused`(url: String, method: String, name: String, value: String) async throws {
        let fetcher = try HTTPFetcher()
        var request = FetchRequest(method, url)
        request.headers.append(name, value)
        let error = await fetcher.failure(request)
        #expect(error?.code == .invalidRequest)
        #expect(error?.isRetryable == false)
    }

    @Test func `user information in the address is refused`() async throws {
        let fetcher = try HTTPFetcher()
        let error = await fetcher.failure(FetchRequest("GET", "http://user:hunter2@127.0.0.1:1/"))
        #expect(error?.code == .invalidRequest)
        #expect("\(error?.debugDescription ?? "")".contains("hunter2") == false)
    }

    @Test func `a Unix socket takes the place of the address`() async throws {
        let fetcher = try HTTPFetcher()
        var request = FetchRequest("GET", "http://localhost/")
        request.unixSocketPath = "/nonexistent/portolan.sock"
        request.addressGuard = { _ in .refuse(reason: "not asked") }
        let error = await fetcher.failure(request)
        #expect(error?.code == .connect)
    }
}
