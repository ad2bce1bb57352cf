package import Domain
import Inference
import Primitives

/// The embedder inside the process. The model is opened with the first text, so that a process that never embeds stays small.
package final class LocalEmbedder: Embedder {
    package let profile: EmbeddingProfile
    private let directory: String
    private let lanes: Int
    private let encoder = Locked<SentenceEncoder?>(nil)

    /// - Parameters:
    ///   - modelDirectory: folder with `model.safetensors` and `vocab.txt`.
    ///   - lanes: threads for batches, at least 1; one more serves queries.
    package init(modelDirectory: String, lanes: Int) {
        directory = modelDirectory
        self.lanes = lanes
        profile = EmbeddingProfile(
            model: ModelIdentity.tested.name, revision: ModelIdentity.tested.sha256, dimension: ModelIdentity.tested.dimension,
            tokenLimit: ModelIdentity.tested.tokenLimit)
    }

    /// Opens the model now; blocks for about 0.1 s.
    /// - Throws: ``Domain/Fault`` of category `configuration` that names what is missing.
    package func load() throws { _ = try opened() }

    /// Instruction set in use; nil before the model was opened.
    package var instructionSet: String? { encoder.withLock { $0?.instructionSet.description } }

    /// Texts that wait for a thread.
    package var waitingTexts: Int { encoder.withLock { $0?.waitingTexts ?? 0 } }

    package func tokenCount(_ text: String) -> Int {
        // A text that cannot be counted is cut by the estimate; the job fails at its first batch, with the reason.
        (try? opened().tokenCount(text)).map { $0 + 2 } ?? (text.utf8.count + 3) / 4
    }

    package func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]] {
        let encoder = try await open()
        do {
            return try await encoder.embed(texts, priority: purpose == .query ? .query : .batch)
        } catch let error as InferenceError {
            throw Self.fault(error)
        }
    }

    /// Stops the threads; later calls fail.
    package func shutDown() { encoder.withLock { $0 }?.shutdown() }

    @concurrent private func open() async throws -> SentenceEncoder { try opened() }

    private func opened() throws -> SentenceEncoder {
        try encoder.withLock { encoder in
            if let encoder { return encoder }
            do {
                let opened = try SentenceEncoder(modelDirectory: directory, lanes: lanes)
                encoder = opened
                return opened
            } catch let error as InferenceError {
                throw Self.fault(error)
            }
        }
    }

    private static func fault(_ error: InferenceError) -> Fault {
        Fault(
            error.isRetryable ? .serviceUnavailable : .model, code: "E_EMBEDDER", "The local embedder failed: \(error.description)",
            hint: error.isRetryable ? "Try again." : "Run deploy/setup, which installs the model, or set PORTOLAN_MODEL_DIR.",
            isTransient: error.isRetryable)
    }
}
