import Fetch
import Primitives
import TestSupport
import Testing

@Suite struct `Limits` {
    @Test func `a declared length beyond the limit ends the transfer at once`() async throws {
        try await withPeer { _ in
            .streaming(length: 200 << 20) { try await $0.write([UInt8](repeating: 1, count: 1 << 20)) }
        } body: { server, fetcher in
            let error = await fetcher.failure(server.request("/"))
            #expect(error?.code == .tooLarge)
            #expect(error?.message.contains("10 MiB") == true)
            #expect(error?.isRetryable == false)
            #expect(fetcher.metrics.bytesReceived == 0)
        }
    }

    @Test func `an endless body ends at the limit`() async throws {
        try await withPeer { _ in
            .streaming { while true { try await $0.write([UInt8](repeating: 1, count: 64 << 10)) } }
        } body: { server, fetcher in
            var request = server.request("/")
            request.maximumBody = .kibibytes(300)
            let error = await fetcher.failure(request)
            #expect(error?.code == .tooLarge)
            #expect(fetcher.metrics.bytesReceived <= 300 << 10)
            try await eventually { server.openConnections == 0 }
        }
    }

    @Test func `a body of exactly the limit passes`() async throws {
        try await withPeer { _ in
            .bytes([UInt8](repeating: 7, count: 1 << 20))
        } body: { server, fetcher in
            var request = server.request("/")
            request.maximumBody = .mebibytes(1)
            let sized = try await fetcher.send(request)
            #expect(sized.body.count == 1 << 20)
            request.maximumBody = ByteCount(bytes: 1 << 20 - 1)
            let error = await fetcher.failure(request)
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func `compressed bodies arrive unpacked`() async throws {
        try await withPeer { _ in
            .bytes(Self.gzip, headers: [("content-encoding", "gzip")])
        } body: { server, fetcher in
            let packed = try await fetcher.send(server.request("/"))
            #expect(packed.body == [UInt8](repeating: 0x61, count: 1 << 20))
            #expect(server.requests.first?["accept-encoding"]?.contains("gzip") == true)
        }
    }

    @Test func `a compression bomb is bounded by its unpacked size`() async throws {
        try await withPeer { _ in
            .bytes(Self.gzip, headers: [("content-encoding", "gzip")])
        } body: { server, fetcher in
            var request = server.request("/")
            request.maximumBody = .kibibytes(100)
            let error = await fetcher.failure(request)
            #expect(error?.code == .tooLarge)
            #expect(fetcher.metrics.bytesReceived <= 100 << 10)
        }
    }

    @Test func `what only claims to be compressed is a protocol error`() async throws {
        try await withPeer { _ in
            .bytes(Array("not gzip at all".utf8), headers: [("content-encoding", "gzip")])
        } body: { server, fetcher in
            let error = await fetcher.failure(server.request("/"))
            #expect(error?.code == .protocol)
            #expect(error?.isRetryable == false)
        }
    }

    @Test(arguments: [1000, 1])
    func `a flood of headers ends the transfer`(count: Int) async throws {
        try await withPeer { _ in
            let value = String(repeating: "x", count: 90_000 / count)
            return .bytes([], headers: (0..<count).map { ("x-flood-\($0)", value) })
        } body: { server, fetcher in
            let error = await fetcher.failure(server.request("/"))
            #expect(error?.code == .tooLarge)
        }
    }

    @Test func `a body that is not wanted is not read`() async throws {
        try await withPeer { _ in
            .streaming(headers: [("content-type", "video/mp4")]) {
                while true { try await $0.write([UInt8](repeating: 1, count: 64 << 10)) }
            }
        } body: { server, fetcher in
            var request = server.request("/")
            request.wantsBody = { $0.headers["content-type"] == "text/html" }
            let answer = try await fetcher.send(request)
            #expect(answer.status == 200)
            #expect(answer.body.isEmpty)
            try await eventually { server.openConnections == 0 }
        }
    }

    /// One MiB of the letter a, packed by gzip into 1052 bytes, most of them zero.
    private static let gzip: [UInt8] =
        [31, 139, 8, 0, 0, 0, 0, 0, 2, 3, 237, 193, 49, 1, 0, 0, 0, 194, 160, 172, 235, 95, 194, 16, 190, 64, 1]
        + [UInt8](repeating: 0, count: 1015) + [124, 6, 114, 86, 205, 215, 0, 0, 16, 0]
}
