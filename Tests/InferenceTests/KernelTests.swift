import Testing

@testable import Inference

struct KernelTests {
    private let tokenizer: WordPiece

    init() throws { tokenizer = try TestData.tokenizer() }

    private func ids(_ lengths: [Int]) -> [[Int32]] {
        var generator = SplitMix(state: 7)
        return lengths.map { length in (0..<length).map { _ in Int32.random(in: 0..<30_522, using: &generator) } }
    }

    @Test(arguments: InstructionSet.available)
    func `vectors agree with the reference on every instruction set`(set: InstructionSet) throws {
        let model = try TestData.kernel(set)
        #expect(model.instructionSet == set)
        let vectors = try model.embed(TestData.vectors.map { tokenizer.encode($0.text, limit: 256) })
        for (vector, golden) in zip(vectors, TestData.vectors) {
            #expect(TestData.cosine(vector, golden.vector) >= (set >= .avx512BFloat16 ? 0.9999 : 0.999999))
        }
    }

    @Test(arguments: InstructionSet.available)
    func `a ragged batch has the vectors of its texts alone`(set: InstructionSet) throws {
        let model = try TestData.kernel(set)
        let texts = ids([1, 2, 7, 8, 9, 15, 16, 17, 31, 33, 48, 64, 100, 3, 255, 1, 256, 5])
        let together = try model.embed(texts)
        for (text, vector) in zip(texts, together) {
            let alone = try model.embed([text])[0]
            #expect(TestData.cosine(vector, alone) > 0.99999)
        }
    }

    @Test(arguments: InstructionSet.available)
    func `vectors have norm one`(set: InstructionSet) throws {
        for vector in try TestData.kernel(set).embed(ids([1, 12, 300])) {
            #expect(abs(vector.reduce(0) { $0 + Double($1) * Double($1) } - 1) < 1e-5)
        }
    }

    @Test(arguments: InstructionSet.available)
    func `the longest texts of the model fit`(set: InstructionSet) throws {
        let texts = ids([512, 511])
        let model = try TestData.kernel(set)
        let (together, alone) = (try model.embed(texts), try model.embed([texts[1]]))
        #expect(TestData.cosine(together[1], alone[0]) > 0.99999)
    }

    @Test(arguments: [[Int32]](arrayLiteral: [-1], [30_522], [.max], [.min], [101, 7592, 30_522, 102]))
    func `an id outside the vocabulary is refused`(ids: [Int32]) throws {
        let model = try TestData.kernel()
        #expect(throws: InferenceError.self) { try model.embed([[101, 102], ids]) }
    }

    @Test(
        arguments: [
            ([], [0, 0]), ([1, 2, 3], [0, 4]), ([1, 2, 3], [1, 3]), ([1, 2, 3], [0, 2]), ([1, 2, 3], [0, 2, 1, 3]),
            ([1, 2, 3], [0, -1, 3]),
            ([1, 2, 3], [0, 0, 3]), ([1, 2, 3], [0, 3, 3]), ([1, 2, 3], [0, .max, 3]), ([1, 2, 3], [.min, 3]), ([1], [0]),
            ([Int32](repeating: 5, count: 513), [0, 513]),
        ] as [([Int32], [Int32])])
    func `lengths that do not fit are refused`(ids: [Int32], offsets: [Int32]) throws {
        let model = try TestData.kernel()
        #expect(throws: InferenceError.self) { try model.embed(ids: ids, offsets: offsets) }
    }

    @Test
    func `no texts have no vectors`() throws {
        let vectors = try TestData.kernel().embed([])
        #expect(vectors.isEmpty)
    }

    @Test
    func `many threads embed with one model at once`() async throws {
        let model = try TestData.kernel()
        let texts = ids([20, 40, 3])
        let expected = try model.embed(texts)
        try await withThrowingTaskGroup { group in
            for _ in 0..<8 {
                group.addTask { @concurrent in
                    for _ in 0..<3 {
                        let vectors = try model.embed(texts)
                        #expect(vectors == expected)
                    }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// A generator whose sequence is fixed by its seed.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
