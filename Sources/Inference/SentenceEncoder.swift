/// Turns texts into vectors inside the process: all-MiniLM-L6-v2 on threads of its own.
///
///     let encoder = try SentenceEncoder(modelDirectory: "/opt/portolan/model", lanes: 2)
///     let vectors = try await encoder.embed(["How do I add a table?"], priority: .query)
///
/// Adds about 25 MB to the resident memory with bfloat16 and 45 MB with float; the word table is read from the file, row by row.
package final class SentenceEncoder: Sendable {
    /// Tokens of a text that count, `[CLS]` and `[SEP]` included.
    package static let tokenLimit = 256

    /// Which model it is.
    package let modelIdentity: ModelIdentity
    /// The instruction set in use; never `automatic`.
    package let instructionSet: InstructionSet

    private let tokenizer: WordPiece
    private let pool: ComputePool

    // What a lane does at a time, so that cancellation and queries wait for 0.3 s at most on a slow processor: 16 short texts,
    // or fewer long ones. A token is 4 bytes of English.
    private static let partTexts = 16
    private static let partBytes = 8 * tokenLimit * 4
    private static let capacity = LaneQueue.Capacity(batches: 16_384, queries: 1_024)

    /// Opens the model folder, checks it, and starts the threads. Blocks for about 0.1 s; call it when the first text comes.
    ///
    /// - Parameters:
    ///   - modelDirectory: folder with `model.safetensors` and `vocab.txt`. Install files by renaming them into place.
    ///   - instructionSet: a lower set than the machine's best, for comparison.
    ///   - lanes: threads for batches, at least 1; one more serves queries alone.
    ///   - verification: whether other files than the tested ones are welcome.
    /// - Throws: `InferenceError`: `modelMissing`, `invalidModel`, `unsupportedInstructionSet`, `outOfResources`.
    package init(
        modelDirectory: String, instructionSet: InstructionSet = .automatic, lanes: Int, verification: ModelVerification = .pinned
    ) throws(InferenceError) {
        let folder = try ModelFolder(path: modelDirectory, verification: verification)
        modelIdentity = folder.identity
        let tokenizer = WordPiece(vocabulary: folder.vocabulary)
        let model = try KernelModel(weights: folder.weights, instructionSet: instructionSet)
        self.instructionSet = model.instructionSet
        self.tokenizer = tokenizer
        pool = try ComputePool(lanes: lanes, capacity: Self.capacity) { texts throws(InferenceError) in
            try model.embed(texts.map { tokenizer.encode($0, limit: Self.tokenLimit) })
        }
    }

    /// The vectors of `texts` in the same order: `modelIdentity.dimension` values each, Euclidean norm 1.
    ///
    /// A text counts up to `tokenLimit`; an empty one has a vector too. Vectors differ in the last digits between processors:
    /// compare them by cosine, never for equality. Suspends without holding a thread of the cooperative pool.
    ///
    /// - Parameter priority: queries overtake batches and wait for one sub-batch at most.
    /// - Throws: `CancellationError` as soon as the task is cancelled, also in the middle (texts under way finish unseen);
    ///   `InferenceError`: `overloaded` when 16,384 texts of batches or 1,024 of queries wait already, `closed` after `shutdown`.
    package func embed(_ texts: [String], priority: EmbeddingPriority) async throws -> [[Float]] {
        guard !texts.isEmpty else { return [] }
        return try await pool.run(Self.parts(of: texts), priority: priority)
    }

    /// How many word pieces `text` has, all of it, without `[CLS]` and `[SEP]`. About half a microsecond a piece on the caller's thread.
    package func tokenCount(_ text: String) -> Int { tokenizer.pieces(of: text).ids.count }

    /// Where each word piece of `text` begins, as ascending offsets into its UTF-8: as many as `tokenCount` says.
    ///
    /// An offset is always the first byte of a scalar. Pieces that stand for one scalar (Hangul, ligatures) share its offset.
    package func tokenOffsets(_ text: String) -> [Int] { tokenizer.pieces(of: text).offsets }

    /// How many texts wait for a lane, for metrics.
    package var waitingTexts: Int { pool.waiting }

    /// Fails what waits with `closed` and ends the threads; `embed` throws `closed` from here on. The last release does the same.
    ///
    /// Blocks until the sub-batches under way are done, 0.3 s at most on a slow processor. Call it as often as you like.
    package func shutdown() { pool.shutDown() }

    static func parts(of texts: [String]) -> [[String]] {
        var parts: [[String]] = []
        var part: [String] = []
        var bytes = 0
        for text in texts {
            let cost = min(text.utf8.count, tokenLimit * 4)
            if !part.isEmpty && (part.count == partTexts || bytes + cost > partBytes) {
                parts.append(part)
                part = []
                bytes = 0
            }
            part.append(text)
            bytes += cost
        }
        parts.append(part)
        return parts
    }
}
