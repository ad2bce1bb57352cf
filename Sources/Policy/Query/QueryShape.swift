/// What the text of a statement says about itself: computed once for each text, as it costs more than the rest of the gate.
struct QueryShape: Sendable {
    /// A bound in a `limit`.
    enum Limit: Sendable, Hashable {
        case number(Int)
        case parameter(Int)
    }

    /// How many parameters it takes.
    private(set) var parameters = 0
    /// Every `limit`.
    private(set) var limits: [Limit] = []
    /// Whether the outermost level has a `limit`.
    private(set) var isLimited = false

    /// Why a text does not fit its template.
    struct Unfit: Error, Sendable {
        let code: Rejection.Code
        let reason: String
    }

    /// Deepest nesting of parentheses.
    static let maximumNesting = 12
    /// Longest text in bytes.
    static let maximumBytes = 16_384

    /// - Throws: ``Unfit`` with the first rule that `sql` breaks.
    init(_ sql: String, _ template: QueryTemplate) throws(Unfit) {
        guard sql.utf8.count <= Self.maximumBytes else { throw Unfit(code: .queryStatement, reason: "it is too long") }
        let tokens: [SQLToken]
        do throws(SQLToken.Malformed) { tokens = try SQLToken.all(sql) } catch { throw Unfit(code: .queryStatement, reason: error.reason) }
        guard tokens.first == .word("select") || tokens.first == .word("with") else {
            throw Unfit(code: .queryStatement, reason: "it does not begin with select")
        }
        try checkWords(tokens, template)
        try checkValues(tokens, template)
        try TableUse.check(tokens, template)
        try collectLimits(tokens)
        // A count without groups is one row.
        let isCount = tokens.starts(with: [.word("select"), .word("count"), .symbol("("), .symbol("*"), .symbol(")")])
        if isCount, !tokens.contains(.word("group")), !tokens.contains(.word("union")) { isLimited = true }
    }

    /// Checks a text that no template describes.
    ///
    /// - Parameter isReaching: whether a function must not be called.
    static func checkOperatorText(_ sql: String, isReaching: (String) -> Bool) throws(Unfit) {
        guard sql.utf8.count <= maximumBytes else { throw Unfit(code: .queryStatement, reason: "it is too long") }
        let tokens: [SQLToken]
        do throws(SQLToken.Malformed) { tokens = try SQLToken.all(sql) } catch { throw Unfit(code: .queryStatement, reason: error.reason) }
        guard tokens.first == .word("select") || tokens.first == .word("with") else {
            throw Unfit(code: .queryStatement, reason: "it does not begin with select")
        }
        for (index, token) in tokens.enumerated() {
            let isCall = index + 1 < tokens.count && tokens[index + 1] == .symbol("(")
            switch token {
            case .word(let word) where (index == 0 || tokens[index - 1] != .symbol(".")) && SQLWords.forbidden.contains(word):
                throw Unfit(code: .queryStatement, reason: "it has the word \(word)")
            case .word(let word) where isCall && isReaching(word): throw Unfit(code: .queryStatement, reason: "it calls \(word)")
            case .quotedName(let name) where isCall: throw Unfit(code: .queryStatement, reason: "it calls \(name)")
            case .parameter: throw Unfit(code: .queryParameter, reason: "it has parameters without values")
            default: continue
            }
        }
    }

    private func checkWords(_ tokens: [SQLToken], _ template: QueryTemplate) throws(Unfit) {
        var nesting = 0
        for (index, token) in tokens.enumerated() {
            let before = index > 0 ? tokens[index - 1] : nil
            let after = index + 1 < tokens.count ? tokens[index + 1] : nil
            switch token {
            case .symbol("("):
                nesting += 1
                if nesting > Self.maximumNesting { throw Unfit(code: .queryDepth, reason: "it nests too deep") }
            case .symbol(")"): nesting -= 1
            case .word("recursive") where !template.isRecursive: throw Unfit(code: .queryDepth, reason: "it recurses")
            // Behind a dot it is the name of a column.
            case .word(let word) where before != .symbol(".") && SQLWords.forbidden.contains(word):
                throw Unfit(code: .queryStatement, reason: "it has the word \(word)")
            case .word(let word) where after == .symbol("(") && !Self.namesAlias(before):
                let isKnown = before != .symbol(".") && (SQLWords.structural.contains(word) || SQLWords.functions.contains(word))
                if !isKnown, !template.functions.contains(word) {
                    throw Unfit(code: .queryStatement, reason: "it calls \(word)")
                }
            case .quotedName(let name) where after == .symbol("(") && !Self.namesAlias(before):
                throw Unfit(code: .queryStatement, reason: "it calls \(name)")
            default: continue
            }
        }
        if nesting != 0 { throw Unfit(code: .queryStatement, reason: "its parentheses do not match") }
    }

    /// Whether a name behind `token` with a parenthesis behind it is an alias with columns.
    private static func namesAlias(_ token: SQLToken?) -> Bool { token == .word("as") || token == .word("recursive") }

    private mutating func checkValues(_ tokens: [SQLToken], _ template: QueryTemplate) throws(Unfit) {
        var used: Set<Int> = []
        for (index, token) in tokens.enumerated() {
            switch token {
            case .parameter(let number): used.insert(number)
            case .text(let text) where !text.isEmpty && !template.literals.contains(text):
                throw Unfit(code: .queryParameter, reason: "it has a text that is no parameter")
            // Thresholds from 0 to 1 and small whole numbers are part of a template.
            case .number(let number) where !Self.isSize(tokens, index) && (index == 0 || tokens[index - 1] != .word("limit")):
                let isSmall = Int(number).map { $0 < 100 } ?? Double(number).map { 0...1 ~= $0 } ?? false
                if !isSmall { throw Unfit(code: .queryParameter, reason: "it has a number that is no parameter") }
            default: break
            }
            if Self.isAlwaysTrue(tokens, index) { throw Unfit(code: .queryParameter, reason: "it has a condition that always holds") }
        }
        parameters = used.max() ?? 0
        guard used.count == parameters else { throw Unfit(code: .queryParameter, reason: "its parameters are not numbered from 1 on") }
    }

    /// Whether the number at `index` is the size of a type.
    private static func isSize(_ tokens: [SQLToken], _ index: Int) -> Bool {
        guard index >= 2, tokens[index - 1] == .symbol("("), case .word(let type) = tokens[index - 2] else { return false }
        return SQLWords.sizedTypes.contains(type)
    }

    /// Whether a comparison of a value with itself begins at `index`, or an `or true`.
    private static func isAlwaysTrue(_ tokens: [SQLToken], _ index: Int) -> Bool {
        func token(_ offset: Int) -> SQLToken? { tokens.indices.contains(index + offset) ? tokens[index + offset] : nil }
        if token(0) == .word("or"), token(1) == .word("true") || token(1) == .word("not") && token(2) == .word("false") { return true }
        let comparisons: Set<SQLToken> = [.symbol("="), .symbol("<"), .symbol(">"), .word("like"), .word("ilike")]
        guard let left = token(0), let operation = token(1), comparisons.contains(operation) else { return false }
        // `a.b = a.b` as well as `a = a` and `1 < 2`.
        if case .symbol(".")? = token(-1), let table = token(-2) {
            return token(2) == table && token(3) == .symbol(".") && token(4) == left
        }
        let right = token(2) == .symbol("=") || token(2) == .symbol(">") ? token(3) : token(2)
        switch (left, right) {
        case (.number, .number?), (.text, .text?), (.number, .text?), (.text, .number?): return true
        case (.word(let a), .word(let b)?): return a == b && token(3) != .symbol(".") && token(3) != .symbol("(")
        case (.parameter(let a), .parameter(let b)?): return a == b
        default: return false
        }
    }

    private mutating func collectLimits(_ tokens: [SQLToken]) throws(Unfit) {
        var nesting = 0
        for (index, token) in tokens.enumerated() {
            if token == .symbol("(") { nesting += 1 }
            if token == .symbol(")") { nesting -= 1 }
            guard token == .word("limit"), index == 0 || tokens[index - 1] != .symbol(".") else { continue }
            switch index + 1 < tokens.count ? tokens[index + 1] : nil {
            case .number(let text)?:
                guard let number = Int(text) else { throw Unfit(code: .queryLimit, reason: "its limit is no whole number") }
                limits.append(.number(number))
            case .parameter(let number)?: limits.append(.parameter(number))
            default: throw Unfit(code: .queryLimit, reason: "its limit is no number")
            }
            // What follows must end the clause: an expression would make another number of it.
            if index + 2 < tokens.count, ![.symbol(")"), .word("offset"), .word("union")].contains(tokens[index + 2]) {
                throw Unfit(code: .queryLimit, reason: "its limit is no plain number")
            }
            if nesting == 0 { isLimited = true }
        }
    }
}
