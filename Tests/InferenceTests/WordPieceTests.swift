import Testing

@testable import Inference

struct WordPieceTests {
    private let tokenizer: WordPiece

    init() throws { tokenizer = try TestData.tokenizer() }

    @Test(arguments: TestData.tokens)
    func `a text has the ids of the reference library`(golden: TestData.TokenCase) {
        #expect(tokenizer.encode(golden.text, limit: 256) == golden.ids)
    }

    @Test(arguments: TestData.tokens)
    func `an unlimited count agrees with the ids of texts below the limit`(golden: TestData.TokenCase) {
        let pieces = tokenizer.pieces(of: golden.text)
        #expect(pieces.ids.prefix(254).elementsEqual(golden.ids.dropFirst().dropLast()))
        #expect(golden.ids.count == 256 ? pieces.ids.count >= 254 : pieces.ids.count == golden.ids.count - 2)
    }

    @Test(arguments: TestData.tokens)
    func `offsets ascend and stand on scalars`(golden: TestData.TokenCase) {
        let pieces = tokenizer.pieces(of: golden.text)
        let bytes = Array(golden.text.utf8)
        #expect(pieces.offsets.count == pieces.ids.count)
        #expect(zip(pieces.offsets, pieces.offsets.dropFirst()).allSatisfy { $0 <= $1 })
        #expect(pieces.offsets.allSatisfy { $0 < bytes.count && bytes[$0] & 0xC0 != 0x80 })
    }

    @Test
    func `an offset is where the piece begins in the text`() {
        #expect(tokenizer.pieces(of: "  Embeddings, [MASK] naïve").offsets == [2, 4, 7, 11, 12, 14, 21])
    }

    @Test
    func `counting goes on past the limit of the model`() {
        let text = String(repeating: "word ", count: 5000)
        #expect(tokenizer.pieces(of: text).ids.count == 5000)
        #expect(tokenizer.encode(text, limit: 256).count == 256)
    }

    @Test(arguments: [2, 3, 10])
    func `a short limit keeps the first and the last id`(limit: Int) {
        let ids = tokenizer.encode("one two three four five six seven eight nine ten", limit: limit)
        #expect(ids.count == limit && ids.first == 101 && ids.last == 102)
    }

    @Test
    func `special pieces are read in upper case only`() {
        #expect(tokenizer.encode("[MASK]", limit: 256) == [101, 103, 102])
        #expect(tokenizer.encode("[mask]", limit: 256) == [101, 1031, 7308, 1033, 102])
    }

    @Test(arguments: [(100, false), (101, true)])
    func `a word of more than a hundred scalars is unknown`(length: Int, isUnknown: Bool) {
        let ids = tokenizer.encode(String(repeating: "a", count: length), limit: 256)
        #expect((ids == [101, 100, 102]) == isUnknown)
    }

    @Test
    func `Hangul is cut into its jamo`() {
        let composed = tokenizer.pieces(of: "한국어").ids
        #expect(composed == tokenizer.pieces(of: "\u{1112}\u{1161}\u{11AB}\u{1100}\u{116E}\u{11A8}\u{110B}\u{1165}").ids)
    }

    @Test
    func `every scalar can be tokenized and counted`() {
        var text = ""
        for value in UInt32(0)...0x10FFFF where value % 37 == 5 {
            if let scalar = Unicode.Scalar(value) { text.unicodeScalars.append(scalar) }
            if value % 11 == 0 { text += " " }
        }
        let pieces = tokenizer.pieces(of: text)
        #expect(pieces.ids.count > 1000)
        #expect(pieces.ids.allSatisfy { (0..<30_522).contains($0) })
        #expect(zip(pieces.offsets, pieces.offsets.dropFirst()).allSatisfy { $0 <= $1 })
    }

    @Test(arguments: ["[PAD]\n[UNK]\n[CLS]\n[SEP]\n", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\na\n", ""])
    func `a broken vocabulary is refused`(content: String) {
        #expect(throws: InferenceError.self) { try Vocabulary(content: Array(content.utf8), limit: 10) }
    }

    @Test
    func `a vocabulary larger than the model is refused`() {
        let content = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n" + (0..<10).map { "w\($0)\n" }.joined()
        #expect(throws: InferenceError.self) { try Vocabulary(content: Array(content.utf8), limit: 14) }
        #expect(throws: Never.self) { try Vocabulary(content: Array(content.utf8), limit: 15) }
    }
}
