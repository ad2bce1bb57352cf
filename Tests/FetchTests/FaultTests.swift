import Fetch
import Primitives
import TestSupport
import Testing

@Suite struct `Faults of peers and callers` {
    @Test func `a peer that breaks off in the middle is a lost connection`() async throws {
        try await withPeer { _ in
            .streaming(length: 1000) {
                try await $0.write("half")
                await $0.abort()
            }
        } body: { server, fetcher in
            let error = await fetcher.failure(server.request("/"))
            #expect(error?.code == .connectionLost)
            #expect(error?.isRetryable == true)
        }
    }

    @Test func `chunks that never end properly are a lost connection`() async throws {
        try await withPeer { _ in
            .streaming {
                try await $0.write("chunk")
                await $0.abort()
            }
        } body: { server, fetcher in
            let error = await fetcher.failure(server.request("/"))
            #expect(error?.code == .connectionLost)
        }
    }

    @Test func `a port where nobody listens is a failed connection`() async throws {
        let url = try await withPeer { _ in
            .status(200)
        } body: { server, _ in
            server.url
        }
        let fetcher = try HTTPFetcher()
        let error = await fetcher.failure(FetchRequest("GET", url))
        #expect(error?.code == .connect)
        #expect(error?.description.contains("127.0.0.1") == false)
    }

    @Test func `a name that does not resolve says so`() async throws {
        let fetcher = try HTTPFetcher()
        // The resolver asks again after five seconds, should a question get lost.
        var request = FetchRequest("GET", "http://nobody.invalid/")
        (request.connectTimeout, request.totalTimeout) = (.seconds(60), .seconds(60))
        let error = await fetcher.failure(request)
        #expect(error?.code == .dns)
        #expect(error?.isRetryable == true)
    }

    @Test func `TLS with a peer that does not speak it fails as TLS`() async throws {
        try await withPeer { _ in
            .status(200)
        } body: { server, fetcher in
            let error = await fetcher.failure(FetchRequest("GET", "https://127.0.0.1:\(server.port)/"))
            #expect(error?.code == .tls)
        }
    }

    @Test func `a peer that stalls runs into the total time`() async throws {
        try await withPeer { _ in
            .streaming(length: 10) {
                try await $0.write("a")
                try await Expectation().fulfillment()
            }
        } body: { server, fetcher in
            var request = server.request("/")
            request.totalTimeout = .milliseconds(80)
            let error = await fetcher.failure(request)
            #expect(error?.code == .timeout)
            #expect(error?.isRetryable == true)
        }
    }

    @Test func `a deadline that has passed sends nothing`() async throws {
        try await withPeer { _ in
            .status(200)
        } body: { server, fetcher in
            var request = server.request("/")
            request.deadline = .after(.zero)
            let error = await fetcher.failure(request)
            #expect(error?.code == .timeout)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `cancelling ends the transfer and its connection`() async throws {
        let arrived = Expectation()
        try await withPeer { _ in
            arrived.fulfill()
            try await Expectation().fulfillment()
            return .status(200)
        } body: { server, fetcher in
            let request = server.request("/")
            let task = Task { try await fetcher.send(request) }
            try await arrived.fulfillment()
            task.cancel()
            let error = await #expect(throws: FetchError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(error?.isRetryable == false)
            try await eventually { server.openConnections == 0 }
        }
    }

    @Test func `a task that is cancelled already sends nothing`() async throws {
        try await withPeer { _ in
            .status(200)
        } body: { server, fetcher in
            let request = server.request("/")
            let gate = Expectation()
            let task = Task {
                try? await gate.fulfillment()
                return try await fetcher.send(request)
            }
            task.cancel()
            let error = await #expect(throws: FetchError.self) { try await task.value }
            #expect(error?.code == .cancelled)
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `closing the client ends what runs and refuses what comes`() async throws {
        let arrived = Expectation()
        try await withPeer { _ in
            arrived.fulfill()
            try await Expectation().fulfillment()
            return .status(200)
        } body: { server, fetcher in
            async let answer = fetcher.send(server.request("/"))
            try await arrived.fulfillment()
            fetcher.close()
            do { _ = try await answer } catch { #expect((error as? FetchError)?.code == .cancelled) }
            let error = await fetcher.failure(server.request("/"))
            #expect(error?.code == .cancelled)
        }
    }
}
