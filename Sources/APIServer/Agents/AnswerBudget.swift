import MCP
import Retrieval

/// What one answer to an agent carries at most, whatever was asked for: it goes into a context that has to hold more than this answer.
enum AnswerBudget {
    /// Tokens of a structured result; a token is four bytes of UTF-8.
    static let tokens = 14_000
    /// Tokens of quoted text, 32 KiB.
    static let textTokens = 8_192

    /// As many of `items` as fit, at least the first.
    ///
    /// - Parameter tokens: what one of them costs.
    static func fit<Item>(_ items: [Item], tokens cost: (Item) -> Int) -> [Item] {
        var left = tokens
        let fitting = items.prefix { item in
            left -= cost(item)
            return left >= 0
        }
        return Array(fitting.isEmpty ? items.prefix(1) : fitting)
    }

    /// Tokens of an item with these strings and the names and punctuation around them.
    static func tokens(_ strings: String...) -> Int { (strings.reduce(120) { $0 + $1.utf8.count }) / 4 }
}

/// A page of a list, cut to the budget.
struct BudgetedPage<Item: Sendable>: Sendable {
    let items: [Item]
    let next: String?
    /// Whether the budget left out items that the page would have had.
    let isPartial: Bool

    /// - Parameters:
    ///   - found: the items of the page.
    ///   - total: items of the list.
    ///   - position: where the page begins.
    ///   - cost: tokens of an item.
    init(_ found: [Item], of total: Int, at position: PageCursors.Position, tokens cost: (Item) -> Int) {
        items = AnswerBudget.fit(found, tokens: cost)
        isPartial = items.count < found.count
        next = position.next(count: items.count, of: total)
    }

    var limitReason: LimitReason { isPartial ? .tokenCap : next == nil ? .none : .pageSize }
}

extension OutputShape.Member {
    /// Whether the bounds of an answer left something out.
    static func partial(_ isPartial: @escaping @Sendable (Root) -> Bool) -> Self {
        .member("partial", .boolean, "Whether a bound left something out", isPartial)
    }

    /// Which bound ended the answer.
    static func limitReason(_ reason: @escaping @Sendable (Root) -> LimitReason) -> Self {
        .member("limit_reason", .choice(of: LimitReason.self), "What ended it", reason)
    }

    /// Where the next page begins.
    static func nextCursor(_ cursor: @escaping @Sendable (Root) -> String?) -> Self {
        .optional("next_cursor", .string, "For the next page", cursor)
    }
}
