import FoundationEssentials
import Messages
import Primitives
import Testing

@Suite struct EnvelopeTests {
    private let sample = Envelope(
        id: UUID(), kind: .ping, payload: [0, 1, 255], correlationID: "req-ü-1", attempt: 3, enqueuedAtMilliseconds: 1_700_000_000_123,
        traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", tracestate: "vendor=1", priority: .high)

    @Test func `an envelope survives the round trip`() throws {
        #expect(try Envelope(bytes: sample.serialized()) == sample)
    }

    @Test func `the bytes are those of the schema`() throws {
        let id = try #require(UUID(uuidString: "00112233-4455-6677-8899-AABBCCDDEEFF"))
        let bytes = try Envelope(id: id, kind: .ping, payload: [7], enqueuedAtMilliseconds: 1).serialized()
        let expected =
            [0x08, 1, 0x12, 36] + Array("00112233-4455-6677-8899-aabbccddeeff".utf8) + [0x1A, 4] + Array("ping".utf8)
            + [0x28, 1, 0x30, 1, 0x4A, 1, 7]
        #expect(bytes == expected)
    }

    @Test(arguments: [
        IngestRun(jobID: UUID(), documentationID: UUID()) as any MessagePayload, Ping(nonce: "n-1"), Ping(nonce: ""),
        WebhookEvent(source: "github", deliveryID: "d", event: "push", bodyReference: "webhooks/1"),
    ])
    func `every payload survives the round trip in an envelope`(_ payload: any MessagePayload) throws {
        func check<Payload: MessagePayload>(_ payload: Payload) throws {
            let bytes = try Envelope(id: UUID(), payload: payload, enqueuedAtMilliseconds: 0).serialized()
            #expect(try Envelope(bytes: bytes).payload(as: Payload.self) == payload)
        }
        try check(payload)
    }

    @Test func `a payload is not read as another kind`() throws {
        #expect(throws: MessageError.self) { try sample.payload(as: IngestRun.self) }
    }

    @Test func `fields of a newer sender survive being read and written`() throws {
        // Field 100: varint 300; field 101: "new"; field 102: eight bytes; field 103: four bytes.
        let extra: [UInt8] =
            [0xA0, 0x06, 0xAC, 0x02, 0xAA, 0x06, 3, 110, 101, 119, 0xB1, 0x06, 1, 2, 3, 4, 5, 6, 7, 8, 0xBD, 0x06, 1, 2, 3, 4]
        let bytes = try sample.serialized() + extra
        var envelope = try Envelope(bytes: bytes)
        #expect(!envelope.unknownFields.isEmpty)
        #expect(try envelope.serialized() == bytes)
        envelope.attempt += 1
        #expect(try Envelope(bytes: envelope.serialized()).unknownFields == envelope.unknownFields)
        let ping = try Ping(bytes: [0x0A, 1, 65] + extra)
        #expect(ping.nonce == "A")
        #expect(try ping.serialized() == [0x0A, 1, 65] + extra)
    }

    @Test func `an old sender's envelope without newer fields is read`() throws {
        let bytes = [0x08, 1, 0x12, 36] + Array(UUID().uuidString.utf8) + [0x1A, 4] + Array("ping".utf8)
        let envelope = try Envelope(bytes: bytes)
        #expect(envelope.attempt == 1)
        #expect(envelope.priority == .normal)
        #expect(envelope.traceparent.isEmpty)
    }

    @Test func `a higher version and an unknown kind and priority are accepted and kept`() throws {
        var envelope = sample
        envelope.version = 9
        envelope.kind = MessageKind(rawValue: "future.thing")
        envelope.priority = MessagePriority(rawValue: 7)
        #expect(try Envelope(bytes: envelope.serialized()) == envelope)
    }

    @Test func `an envelope of exactly 256 KiB passes and one byte more does not`() throws {
        var envelope = sample
        envelope.payload = []
        let overhead = try envelope.serialized().count + 4
        envelope.payload = Array(repeating: 5, count: (256 << 10) - overhead)
        let bytes = try envelope.serialized()
        #expect(bytes.count == 256 << 10)
        #expect(try Envelope(bytes: bytes) == envelope)
        envelope.payload.append(5)
        let error = #expect(throws: MessageError.self) { try envelope.serialized() }
        #expect(error?.code == .tooLarge)
        #expect(error?.limit == .kibibytes(256))
        #expect(error?.description == "Envelope is longer than 256 KiB")
        #expect(throws: MessageError.self) { try Envelope(bytes: bytes + [0]) }
    }

    @Test(arguments: [
        ("kind", 101), ("correlation_id", 201), ("traceparent", 129), ("tracestate", 513), ("payload", (256 << 10) + 1),
    ])
    func `a field past its limit is named`(_ field: String, _ length: Int) throws {
        var envelope = sample
        let text = String(repeating: "x", count: length)
        switch field {
        case "kind": envelope.kind = MessageKind(rawValue: text)
        case "correlation_id": envelope.correlationID = text
        case "traceparent": envelope.traceparent = text
        case "tracestate": envelope.tracestate = text
        default: envelope.payload = Array(text.utf8)
        }
        let error = #expect(throws: MessageError.self) { try envelope.serialized() }
        #expect(error?.code == .tooLarge)
        #expect(error?.field == field)
        #expect(error?.limit != nil)
    }

    @Test func `a long field is refused when reading too`() throws {
        let bytes = try sample.serialized() + [0x22, 0xC9, 0x01] + Array(repeating: 65, count: 201)
        let error = #expect(throws: MessageError.self) { try Envelope(bytes: bytes) }
        #expect(error?.field == "correlation_id")
        #expect(error?.limit == ByteCount(bytes: 200))
    }

    @Test(arguments: [
        ("kind", [0x1A, 2, 0xC3, 0x28] as [UInt8]), ("kind", [0x1A, 3, 112, 0, 112]), ("correlation_id", [0x22, 1, 0xFF]),
        ("id", [0x12, 3, 97, 98, 99]), ("id", [0x12, 0]), ("version", [0x08, 0]), ("kind", [0x1A, 0]),
        ("enqueued_at_ms", [0x30, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]),
    ])
    func `a wrong value is refused by the name of its field`(_ field: String, _ last: [UInt8]) throws {
        let error = #expect(throws: MessageError.self) { try Envelope(bytes: sample.serialized() + last) }
        #expect(error?.code == .invalidField)
        #expect(error?.field == field)
    }

    @Test func `text with a zero byte is not sent`() {
        var envelope = sample
        envelope.correlationID = "a\0b"
        let error = #expect(throws: MessageError.self) { try envelope.serialized() }
        #expect(error?.field == "correlation_id")
    }

    @Test func `truncated bytes never crash and what is accepted writes itself again`() throws {
        let bytes = try sample.serialized()
        for length in 0..<bytes.count { try accept(Array(bytes.prefix(length))) }
    }

    @Test(arguments: 0..<10) func `a thousand mutated envelopes never crash`(_ seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(seed))
        let bytes = try sample.serialized()
        var accepted = 0
        for _ in 0..<1000 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                let index = Int.random(in: 0..<mutated.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: mutated[index] = UInt8.random(in: 0...255, using: &generator)
                case 1: mutated.remove(at: index)
                default: mutated.insert(UInt8.random(in: 0...255, using: &generator), at: index)
                }
            }
            accepted += try accept(mutated) ? 1 : 0
        }
        #expect(accepted < 1000)
    }

    @Test(arguments: 0..<10) func `a thousand random byte strings never crash`(_ seed: Int) throws {
        var generator = SplitMix64(seed: UInt64(1000 + seed))
        for _ in 0..<1000 {
            let length = Int.random(in: 0...300, using: &generator)
            try accept((0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) })
        }
    }

    @discardableResult private func accept(_ bytes: [UInt8]) throws -> Bool {
        for Payload in [IngestRun.self, Ping.self, WebhookEvent.self] as [any MessagePayload.Type] { _ = try? Payload.init(bytes: bytes) }
        guard let envelope = try? Envelope(bytes: bytes) else { return false }
        #expect(try Envelope(bytes: envelope.serialized()) == envelope)
        return true
    }
}
