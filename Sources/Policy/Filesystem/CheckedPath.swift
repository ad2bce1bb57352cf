/// A relative path that ``FilesystemGate`` let pass: in normal form C, downwards only, without anything that a file system reads as more
/// than a name. Only the gate makes one.
package struct CheckedPath: Sendable, Hashable, CustomStringConvertible {
    /// The names from the root down; empty for the root itself.
    package let segments: [String]

    init(segments: [String]) { self.segments = segments }

    /// Whether this is the root itself, which an archive of a folder lists as `./`.
    package var isRoot: Bool { segments.isEmpty }

    /// The path with `/` between the names and none at the ends.
    package var description: String { segments.joined(separator: "/") }
}
