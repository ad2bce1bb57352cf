/// The tables in the `from` clauses of a statement.
struct TableUse {
    /// One level of parentheses.
    private struct Level {
        /// Inside a `from` clause, and not in the condition of a join.
        var isInTables = false
        /// The next name is a table.
        var expectsTable = false
        /// Whether tables were listed in this `from` clause.
        var hasTable = false
        /// A call, in which `from` is no clause.
        let isCall: Bool
    }

    private static let unfit = Rejection.Code.queryTable

    /// - Throws: for a table that the template does not name, and for tables that are combined without a condition.
    static func check(_ tokens: [SQLToken], _ template: QueryTemplate) throws(QueryShape.Unfit) {
        let parts = names(ofParts: tokens)
        var levels = [Level(isCall: false)]
        var index = 0
        func token(_ offset: Int) -> SQLToken? { tokens.indices.contains(index + offset) ? tokens[index + offset] : nil }
        while index < tokens.count {
            let top = levels.count - 1
            switch tokens[index] {
            case .symbol("("):
                levels[top].expectsTable = false
                // Parentheses around a join go on with the list of tables.
                let isGroup = levels[top].isInTables && token(1) != .word("select") && token(1) != .word("with") && isStart(token(-1))
                var level = Level(isCall: isCall(token(-1)))
                if isGroup { (level.isInTables, level.expectsTable) = (true, true) }
                levels.append(level)
            case .symbol(")"): if levels.count > 1 { levels.removeLast() }
            case .word("from") where !levels[top].isCall && token(-1) != .word("distinct"):
                (levels[top].isInTables, levels[top].expectsTable, levels[top].hasTable) = (true, true, false)
            case .word("join"):
                let isCross = token(-1) == .word("cross")
                if isCross, !template.combinesParts, token(1) != .word("lateral"), token(1) != .word("unnest") { throw combined() }
                (levels[top].isInTables, levels[top].expectsTable) = (true, true)
            case .word("on"):
                levels[top].expectsTable = false
                if isTrivial(token(1), token(2)), !isLateralJoin(tokens, index) { throw combined() }
            case .word(let word) where SQLWords.clauses.contains(word):
                (levels[top].isInTables, levels[top].expectsTable) = (false, false)
            case .symbol(",") where levels[top].isInTables && !levels[top].isCall:
                levels[top].expectsTable = true
                if !template.combinesParts, token(1) != .word("lateral"), token(1) != .word("unnest") { throw combined() }
            case .word("lateral"), .word("only"): break
            case .word, .quotedName:
                guard levels[top].expectsTable else { break }
                levels[top].expectsTable = false
                if token(1) == .symbol("(") { break }
                index += try check(token(0), token(1), token(2), template, parts)
            default: break
            }
            index += 1
        }
    }

    /// Checks the name of a table, and returns how many pieces it has beyond the first.
    private static func check(
        _ first: SQLToken?, _ dot: SQLToken?, _ second: SQLToken?, _ template: QueryTemplate, _ parts: Set<String>
    ) throws(QueryShape.Unfit) -> Int {
        let schema = name(first)
        guard dot == .symbol(".") else {
            guard parts.contains(schema) else { throw QueryShape.Unfit(code: unfit, reason: "it reads \(schema)") }
            return 0
        }
        let table = name(second)
        guard schema == "portolan", template.allows(table: table) else {
            throw QueryShape.Unfit(code: unfit, reason: "it reads \(schema).\(table)")
        }
        return 2
    }

    private static func name(_ token: SQLToken?) -> String {
        switch token {
        case .word(let name)?, .quotedName(let name)?: name
        default: ""
        }
    }

    /// The names that the statement gives to its parts: `with name as (`, `, name (columns) as materialized (`.
    private static func names(ofParts tokens: [SQLToken]) -> Set<String> {
        guard tokens.first == .word("with") else { return [] }
        var names: Set<String> = []
        for index in tokens.indices.dropFirst(2) where tokens[index] == .word("as") {
            let after = tokens[(index + 1)...].prefix(3).drop { $0 == .word("materialized") || $0 == .word("not") }
            guard after.first == .symbol("(") else { continue }
            var start = index - 1
            if tokens[start] == .symbol(")"), let columns = tokens[..<start].lastIndex(of: .symbol("(")) { start = columns - 1 }
            guard start >= 1, case .word(let name) = tokens[start] else { continue }
            if [.word("with"), .word("recursive"), .symbol(",")].contains(tokens[start - 1]) { names.insert(name) }
        }
        return names
    }

    private static func isStart(_ token: SQLToken?) -> Bool {
        token == .word("from") || token == .word("join") || token == .symbol(",") || token == .symbol("(")
    }

    private static func isCall(_ token: SQLToken?) -> Bool {
        if case .word(let word)? = token { !SQLWords.structural.contains(word) } else { false }
    }

    /// Whether a join condition says nothing.
    private static func isTrivial(_ first: SQLToken?, _ second: SQLToken?) -> Bool {
        first == .word("true") || first == .word("not") && second == .word("false")
    }

    /// Whether the join before the `on` at `index` is `join lateral (…) name`.
    private static func isLateralJoin(_ tokens: [SQLToken], _ index: Int) -> Bool {
        var depth = 0
        for token in tokens[..<index].reversed() {
            if token == .symbol(")") { depth += 1 }
            if token == .symbol("(") { depth -= 1 }
            if depth == 0, token == .word("lateral") { return true }
            if depth < 0 || depth == 0 && (token == .word("join") || token == .word("from")) { return false }
        }
        return false
    }

    private static func combined() -> QueryShape.Unfit {
        QueryShape.Unfit(code: unfit, reason: "it combines tables without a condition")
    }
}
