/// Who waits for a vector.
package enum EmbeddingPriority: Sendable, Hashable {
    /// A document on its way into the index: many texts, nobody waits for one of them.
    case batch
    /// A question somebody asked: overtakes every batch.
    case query
}
