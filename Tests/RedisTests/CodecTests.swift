import NIOCore
import Primitives
import Testing

@testable import Redis

/// The codec without a server.
@Suite struct CodecTests {
    private func decode(_ text: String, limits: ReplyLimits = ReplyLimits()) throws(RedisError) -> [RedisValue] {
        try decode([Array(text.utf8)], limits: limits)
    }

    private func decode(_ parts: [[UInt8]], limits: ReplyLimits = ReplyLimits()) throws(RedisError) -> [RedisValue] {
        var decoder = ReplyDecoder(limits: limits)
        var replies: [RedisValue] = []
        for part in parts {
            var buffer = ByteBuffer(bytes: part)
            try decoder.decode(&buffer) { replies.append($0) }
        }
        return replies
    }

    @Test(arguments: [
        ("+OK\r\n", RedisValue.status("OK")), (":-42\r\n", .integer(-42)), ("$-1\r\n", .null), ("*-1\r\n", .null), ("*0\r\n", .array([])),
        ("$0\r\n\r\n", .bulk([])), ("$4\r\na\r\nb\r\n", .bulk([97, 13, 10, 98])), ("-ERR no\r\n", .error("ERR no")),
        ("*3\r\n:1\r\n*2\r\n+a\r\n*0\r\n$-1\r\n", .array([.integer(1), .array([.status("a"), .array([])]), .null])),
        (":9223372036854775807\r\n", .integer(.max)),
    ])
    func `every shape of reply is read`(_ text: String, _ value: RedisValue) throws {
        #expect(try decode(text) == [value])
        #expect(try decode(text.utf8.map { [$0] }) == [value])
        #expect(try decode(text + text) == [value, value])
    }

    @Test(arguments: [
        "HTTP/1.1 400 Bad Request\r\n\r\n", "$-2\r\n", "$x\r\n", ":1x\r\n", "*3000000000\r\n", "*-7\r\n", "%1\r\n", "\u{0}",
        "$99999999999999999999\r\n",
        String(repeating: "*1\r\n", count: 20),
    ])
    func `bytes that are no RESP2 are refused`(_ text: String) {
        let error = #expect(throws: RedisError.self) { try decode(text) }
        #expect(error?.code == .protocolViolation)
        #expect(error?.isRetryable == false)
    }

    @Test(arguments: [
        ("*1000000\r\n", "elements"), ("*2\r\n*600\r\n", "elements"), ("+" + String(repeating: "x", count: 300_000), "line"),
        ("$100000000\r\n" + String(repeating: "x", count: 300_000), "larger"),
        (
            "*2\r\n$80000\r\n" + String(repeating: "x", count: 80_000) + "\r\n$80000\r\n" + String(repeating: "x", count: 80_000) + "\r\n",
            "larger"
        ),
    ])
    func `replies past the limits are refused before they are stored`(_ text: String, _ word: String) {
        let limits = ReplyLimits(size: .kibibytes(128), elements: 500, line: .kibibytes(16))
        let error = #expect(throws: RedisError.self) { try decode(text, limits: limits) }
        #expect(error?.message.contains(word) == true)
    }

    @Test(arguments: 0..<20) func `any split of any replies gives the same values`(_ seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        for _ in 0..<50 {
            let values = (0..<Int.random(in: 1...8, using: &generator)).map { _ in random(depth: 0, &generator) }
            let bytes = values.flatMap(encode)
            var parts: [[UInt8]] = []
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = rest.prefix(Int.random(in: 1...max(1, min(rest.count, 40)), using: &generator))
                parts.append(Array(part))
                rest = rest.dropFirst(part.count)
            }
            #expect(try decode(parts) == values)
            #expect(try decode([bytes]) == values)
        }
    }

    @Test(arguments: 0..<20) func `mutated and random bytes never crash the decoder`(_ seed: Int) {
        var generator = SplitMix64(seed: UInt64(100 + seed))
        let limits = ReplyLimits(size: .kibibytes(64), elements: 1000, line: .kibibytes(1))
        var refused = 0
        for round in 0..<500 {
            var bytes = (0..<4).flatMap { _ in encode(random(depth: 0, &generator)) }
            if round.isMultiple(of: 2) {
                for _ in 0..<3 {
                    bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
            } else {
                let alphabet = Array("+-:$*0123456789\r\n\r\n\r\nab".utf8)
                bytes = (0..<200).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &generator)] }
            }
            let cut = Int.random(in: 0...bytes.count, using: &generator)
            do { _ = try decode([Array(bytes[..<cut]), Array(bytes[cut...])], limits: limits) } catch {
                refused += 1
                #expect(error.code == .protocolViolation)
            }
        }
        #expect(refused > 0)
    }

    @Test func `commands are encoded by their bytes`() {
        let bytes = CommandEncoder.encode(["SET", .bytes([0, 255]), "ü", -12])
        #expect(bytes == Array("*4\r\n$3\r\nSET\r\n$2\r\n".utf8) + [0, 255] + Array("\r\n$2\r\nü\r\n$3\r\n-12\r\n".utf8))
    }

    private func random(depth: Int, _ generator: inout SplitMix64) -> RedisValue {
        switch Int.random(in: 0..<(depth < 4 ? 6 : 5), using: &generator) {
        case 0: .null
        case 1: .integer(Int64.random(in: .min ... .max, using: &generator))
        case 2: .status("S\(Int.random(in: 0...99, using: &generator))")
        case 3: .error("ERR \(Int.random(in: 0...99, using: &generator))")
        case 4: .bulk((0..<Int.random(in: 0...60, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) })
        default: .array((0..<Int.random(in: 0...5, using: &generator)).map { _ in random(depth: depth + 1, &generator) })
        }
    }

    private func encode(_ value: RedisValue) -> [UInt8] {
        switch value {
        case .null: Array("$-1\r\n".utf8)
        case .integer(let number): Array(":\(number)\r\n".utf8)
        case .status(let text): Array("+\(text)\r\n".utf8)
        case .error(let text): Array("-\(text)\r\n".utf8)
        case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        case .array(let values): Array("*\(values.count)\r\n".utf8) + values.flatMap(encode)
        }
    }
}
