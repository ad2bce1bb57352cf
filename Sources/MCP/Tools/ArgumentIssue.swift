/// What is wrong with one argument of a tool call, in words that a model can act on.
public struct ArgumentIssue: Error, Sendable, Hashable, CustomStringConvertible {
    /// The name of the argument, with the way into nested values: `filters.language`, `paths[2]`.
    public let field: String
    /// What the value must be and what it was, for example `must be from 1 to 50, not 99`.
    public let problem: String
    /// What to do instead.
    public let hint: String?

    /// An issue with `field`.
    public init(field: String, problem: String, hint: String? = nil) {
        self.field = field
        self.problem = problem
        self.hint = hint
    }

    /// The same issue seen from outside: `prefix` comes before the field.
    func nested(in prefix: String) -> ArgumentIssue {
        let isElement = field.isEmpty || field.hasPrefix("[")
        return ArgumentIssue(field: isElement ? prefix + field : "\(prefix).\(field)", problem: problem, hint: hint)
    }

    public var description: String { "`\(field)` \(problem).\(hint.map { " \($0)" } ?? "")" }
}

/// All that is wrong with the arguments of one call: the model can mend them in one go.
public struct ArgumentIssues: Error, Sendable, Hashable, CustomStringConvertible {
    /// The issues in the order of the declaration; never empty.
    public let issues: [ArgumentIssue]

    public var description: String { "Invalid arguments: " + issues.map(\.description).joined(separator: " ") }
}
