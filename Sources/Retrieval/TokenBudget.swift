/// How much text an answer may carry. A token of a budget is four UTF-8 bytes.
package struct TokenBudget: Sendable, Hashable {
    /// Tokens at most.
    package let tokens: Int

    /// Tokens of all excerpts together at most, whatever the budget.
    package let textTokens: Int

    /// - Parameters: see the properties.
    package init(tokens: Int, textTokens: Int = .max) { (self.tokens, self.textTokens) = (tokens, textTokens) }

    /// Tokens of `text`, rounded up.
    package static func tokens(in text: String) -> Int { (text.utf8.count + 3) / 4 }

    /// The shortest excerpt that is worth showing, in tokens.
    static let shortestExcerpt = 24

    /// Shares the budget: shortens excerpts evenly before it drops results from the end.
    ///
    /// - Parameters:
    ///   - overheads: tokens of each result without its excerpt, in order.
    ///   - excerpts: tokens of each full excerpt.
    /// - Returns: tokens for the excerpt of each result that fits, which may be fewer than there are; at least the first result stays.
    package func shares(overheads: [Int], excerpts: [Int]) -> [Int] {
        var kept = overheads.count
        func least(_ count: Int) -> Int {
            zip(overheads, excerpts).prefix(count).reduce(0) { $0 + $1.0 + min($1.1, Self.shortestExcerpt) }
        }
        while kept > 1, least(kept) > tokens { kept -= 1 }
        guard kept > 0 else { return [] }
        // Water-filling: short excerpts keep their length, the rest share what is left evenly.
        var left = max(min(tokens - overheads.prefix(kept).reduce(0, +), textTokens), 0)
        var shares = [Int](repeating: 0, count: kept)
        var open = kept
        for index in (0..<kept).sorted(by: { (excerpts[$0], $0) < (excerpts[$1], $1) }) {
            shares[index] = min(excerpts[index], left / open)
            left -= shares[index]
            open -= 1
        }
        return shares
    }
}
