/// A type that a tool takes as its arguments.
public protocol ToolInput: Sendable {
    /// The declaration that decodes it and describes it.
    static var arguments: Arguments<Self> { get }
}

/// The input of a tool without arguments.
public struct NoInput: ToolInput, Hashable {
    /// The only value.
    public init() {}
    public static let arguments = Arguments { NoInput() }
}
