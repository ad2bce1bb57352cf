import Testing

@testable import Inference

struct SentenceEncoderTests {
    @Test
    func `texts come back as the reference vectors in order`() async throws {
        let encoder = try TestData.encoder(lanes: 2)
        // Four times over, so that several parts run on several lanes.
        let cases = Array(repeating: TestData.vectors, count: 4).flatMap { $0 }
        let vectors = try await encoder.embed(cases.map(\.text), priority: .batch)
        #expect(vectors.count == cases.count)
        for (vector, golden) in zip(vectors, cases) { #expect(TestData.cosine(vector, golden.vector) >= 0.9999) }
    }

    @Test
    func `a query has the vector that it has in a batch`() async throws {
        let encoder = try TestData.encoder()
        let texts = ["one", "two words", ""]
        let batch = try await encoder.embed(texts, priority: .batch)
        for (text, vector) in zip(texts, batch) {
            let alone = try await encoder.embed([text], priority: .query)[0]
            #expect(TestData.cosine(alone, vector) > 0.99999)
        }
    }

    @Test
    func `words past the limit do not count`() async throws {
        let encoder = try TestData.encoder()
        let long = String(repeating: "word ", count: 254)
        let vectors = try await encoder.embed([long, long + "and quite different matters besides"], priority: .batch)
        #expect(TestData.cosine(vectors[0], vectors[1]) > 0.999999)
    }

    @Test
    func `no texts are answered without the pool`() async throws {
        let encoder = try TestData.encoder()
        encoder.shutdown()
        #expect(try await encoder.embed([], priority: .batch).isEmpty)
    }

    @Test
    func `after shutdown every call is refused`() async throws {
        let encoder = try TestData.encoder()
        encoder.shutdown()
        encoder.shutdown()
        let error = await #expect(throws: InferenceError.self) { try await encoder.embed(["late"], priority: .query) }
        #expect(error?.code == .closed && error?.isRetryable == false)
    }

    @Test
    func `a cancelled task gets no vectors`() async throws {
        let encoder = try TestData.encoder()
        let texts = Array(repeating: String(repeating: "long text ", count: 200), count: 400)
        let task = Task { try await encoder.embed(texts, priority: .batch) }
        while encoder.waitingTexts == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(encoder.waitingTexts == 0)
    }

    @Test
    func `the identity names model, checksum and shape`() throws {
        let encoder = try TestData.encoder()
        #expect(encoder.modelIdentity.name == "all-MiniLM-L6-v2")
        #expect(encoder.modelIdentity.sha256 == "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db")
        #expect(encoder.modelIdentity.dimension == 384 && encoder.modelIdentity.tokenLimit == 256)
        #expect(encoder.instructionSet == .best)
    }

    @Test
    func `tokens are counted and located past the limit`() throws {
        let encoder = try TestData.encoder()
        #expect(encoder.tokenCount(String(repeating: "word ", count: 400)) == 400)
        #expect(encoder.tokenOffsets("two words") == [0, 4])
    }

    @Test
    func `parts are bounded by texts and by length`() {
        #expect(SentenceEncoder.parts(of: Array(repeating: "short", count: 33)).map(\.count) == [16, 16, 1])
        let long = String(repeating: "x", count: 5000)
        #expect(SentenceEncoder.parts(of: Array(repeating: long, count: 17)).map(\.count) == [8, 8, 1])
    }
}
