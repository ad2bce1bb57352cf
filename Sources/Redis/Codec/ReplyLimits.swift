package import Primitives

/// Bounds on one reply, so that a wrong peer cannot take the memory. Nesting is bounded by hiredis at 7 arrays.
package struct ReplyLimits: Sendable, Hashable {
    /// Bytes of all strings of a reply together.
    package var size: ByteCount
    /// Elements of all arrays of a reply together.
    package var elements: Int
    /// Bytes of one line: a status, an error, a number or a length.
    package var line: ByteCount

    /// 64 MiB, a million elements, lines of 64 KiB.
    package init(size: ByteCount = .mebibytes(64), elements: Int = 1 << 20, line: ByteCount = .kibibytes(64)) {
        self.size = size
        self.elements = elements
        self.line = line
    }
}
