/// Which of the two streams a message is for. Values that this version does not know are kept, and count as normal.
package struct MessagePriority: RawRepresentable, Sendable, Hashable {
    /// The number in the schema.
    package let rawValue: UInt32

    package init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The ordinary stream.
    package static let normal = MessagePriority(rawValue: 0)
    /// The stream that is read first.
    package static let high = MessagePriority(rawValue: 1)
}
