import Fetch
import Primitives
import TestSupport
import Testing

@Suite struct `Streams` {
    @Test func `the head comes before the body, and chunks as they arrive`() async throws {
        let isRead = Expectation()
        try await withPeer { _ in
            .streaming(headers: [("content-type", "text/event-stream")]) { writer in
                try await writer.write("data: one\n\n")
                try await isRead.fulfillment()
                try await writer.write("data: two\n\n")
            }
        } body: { server, fetcher in
            let stream = try await fetcher.stream(server.request("/"))
            #expect(stream.head.headers["content-type"] == "text/event-stream")
            var chunks: [String] = []
            for try await chunk in stream.body {
                chunks.append(String(decoding: chunk, as: UTF8.self))
                isRead.fulfill()
            }
            #expect(chunks == ["data: one\n\n", "data: two\n\n"])
            #expect(fetcher.metrics.completed == 1)
        }
    }

    @Test func `a slow reader makes the peer wait, and loses nothing`() async throws {
        let sent = Locked(0)
        let total = 32 << 20
        try await withPeer { _ in
            .streaming { writer in
                for number in 0..<total >> 16 {
                    try await writer.write([UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 << 16))
                    sent.withLock { $0 += 1 << 16 }
                }
            }
        } body: { server, fetcher in
            var request = server.request("/")
            request.maximumBody = .mebibytes(64)
            let stream = try await fetcher.stream(request)
            var received = 0
            var isInOrder = true
            for try await chunk in stream.body {
                // What is under way sits in socket buffers and in the pipe: far less than the whole body.
                if received == 0 {
                    try await eventually { fetcher.metrics.active == 1 }
                    #expect(sent.withLock { $0 } < total / 2)
                }
                let expected = [received, received + chunk.count - 1].map { UInt8(truncatingIfNeeded: $0 >> 16) }
                if chunk.first != expected[0] || chunk.last != expected[1] { isInOrder = false }
                received += chunk.count
            }
            #expect(received == total)
            #expect(isInOrder)
        }
    }

    @Test func `letting go of a body ends the transfer`() async throws {
        try await withPeer { _ in
            .streaming { while true { try await $0.write([UInt8](repeating: 1, count: 1 << 14)) } }
        } body: { server, fetcher in
            var request = server.request("/")
            request.maximumBody = .mebibytes(1 << 20)
            do {
                let stream = try await fetcher.stream(request)
                for try await _ in stream.body { break }
            }
            try await eventually { server.openConnections == 0 && fetcher.metrics.active == 0 }
        }
    }

    @Test func `cancelling a reader that waits ends the transfer`() async throws {
        try await withPeer { _ in
            .streaming {
                try await $0.write("x")
                try await Expectation().fulfillment()
            }
        } body: { server, fetcher in
            let stream = try await fetcher.stream(server.request("/"))
            let first = Expectation()
            let reader = Task {
                for try await _ in stream.body { first.fulfill() }
            }
            try await first.fulfillment()
            reader.cancel()
            let error = await #expect(throws: FetchError.self) { try await reader.value }
            #expect(error?.code == .cancelled)
            try await eventually { server.openConnections == 0 }
        }
    }

    @Test func `a stream that breaks off throws after the last chunk`() async throws {
        try await withPeer { _ in
            .streaming(length: 100) {
                try await $0.write("abc")
                await $0.abort()
            }
        } body: { server, fetcher in
            let stream = try await fetcher.stream(server.request("/"))
            let received = Locked<[UInt8]>([])
            let error = await #expect(throws: FetchError.self) {
                for try await chunk in stream.body { received.withLock { $0 += chunk } }
            }
            #expect(error?.code == .connectionLost)
            #expect(received.withLock { $0 } == Array("abc".utf8))
        }
    }

    @Test func `an answer without a body has a head and an empty stream`() async throws {
        try await withPeer { _ in
            .status(204)
        } body: { server, fetcher in
            let stream = try await fetcher.stream(server.request("/"))
            #expect(stream.head.status == 204)
            for try await _ in stream.body { Issue.record("there is no body") }
        }
    }

    @Test func `a stream that cannot begin throws`() async throws {
        let url = try await withPeer { _ in
            .status(200)
        } body: { server, _ in
            server.url
        }
        let fetcher = try HTTPFetcher()
        let error = await #expect(throws: FetchError.self) { try await fetcher.stream(FetchRequest("GET", url)) }
        #expect(error?.code == .connect)
    }
}
