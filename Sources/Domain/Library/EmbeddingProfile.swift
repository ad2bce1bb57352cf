/// The model that vectors come from. Part of every vector's key, so that a change of model never mixes vectors.
package struct EmbeddingProfile: Sendable, Hashable {
    /// Name of the model, such as `all-MiniLM-L6-v2`.
    package let model: String
    /// What tells two builds of the model apart: a checksum, or the server's URL.
    package let revision: String
    /// Length of a vector.
    package let dimension: Int
    /// Longest text in the model's tokens.
    package let tokenLimit: Int

    package init(model: String, revision: String, dimension: Int, tokenLimit: Int) {
        self.model = model
        self.revision = revision
        self.dimension = dimension
        self.tokenLimit = tokenLimit
    }
}
