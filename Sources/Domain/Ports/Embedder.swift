/// Turns text into vectors: the local model, or a server that speaks the OpenAI protocol.
package protocol Embedder: Sendable {
    /// Model, dimension and token limit of the vectors.
    var profile: EmbeddingProfile { get }

    /// The number of the model's tokens in `text`, or an upper estimate where only the server knows.
    func tokenCount(_ text: String) -> Int

    /// One vector for each of `texts`, in order, each of `profile.dimension` numbers and length 1.
    ///
    /// - Parameter purpose: a query overtakes batches.
    /// - Throws: ``Fault``; transient when the same call may succeed later. Cancellation leaves nothing behind.
    func embed(_ texts: [String], purpose: EmbeddingPurpose) async throws -> [[Float]]
}

/// Why a text is embedded.
package enum EmbeddingPurpose: Sendable {
    case passage, query
}
