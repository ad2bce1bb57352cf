/// How long the texts may be that an embedding model reads, and how it counts.
package struct ChunkProfile: Sendable {
    /// The longest text in the model's tokens, heading path included.
    package let tokenLimit: Int
    /// Chunks below this are joined with their neighbours where both fit.
    package let minimumTokens: Int
    /// Counts the tokens of a text. Must not fall when text is appended, and should be cheap: it runs several times per chunk.
    package let countTokens: @Sendable (String) -> Int

    /// - Parameters:
    ///   - tokenLimit: 16 or more; smaller values count as 16.
    ///   - minimumTokens: 100 unless told; at most half the limit.
    ///   - countTokens: Counts tokens, the model's own markers at both ends included or not.
    package init(tokenLimit: Int = 256, minimumTokens: Int = 100, countTokens: @escaping @Sendable (String) -> Int) {
        self.tokenLimit = max(16, tokenLimit)
        self.minimumTokens = min(minimumTokens, self.tokenLimit / 2)
        self.countTokens = countTokens
    }

    /// A profile that takes four bytes of UTF-8 for a token, for when no model is there.
    package static let approximate = ChunkProfile { ($0.utf8.count + 3) / 4 }
}
