public import Primitives

/// What a JSON text may cost its reader.
public struct JSONLimits: Sendable, Hashable {
    /// The longest text.
    public let size: ByteCount
    /// How many arrays and objects may be nested; 1 is a flat object.
    public let depth: Int

    /// - Parameters:
    ///   - size: the longest text.
    ///   - depth: the deepest nesting, 1 to 512: the parser recurses, and so must end before the stack does.
    public init(size: ByteCount = .mebibytes(1), depth: Int = 64) {
        self.size = size
        self.depth = min(max(depth, 1), 512)
    }
}
