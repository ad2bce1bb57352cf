/// Which paths may be written below a root.
package struct FilesystemPolicy: Sendable, Hashable {
    /// Longest path in bytes, as given and in normal form.
    package var maximumBytes = 4096
    /// Most levels: `a/b/c` has three.
    package var maximumDepth = 20
    /// Longest name of one level in bytes.
    package var maximumSegmentBytes = 255
    /// Whether a leading `./` is left out, as archives of a folder have it, rather than refused.
    package var dropsCurrentFolder = false
    /// Most different files and folders in one set of paths, folders that are only implied included.
    package var maximumPaths = 100_000
    /// Longest all paths of a set may be together, in bytes.
    package var maximumSetBytes = 32 << 20

    /// The bounds for paths that the service chooses or that a caller names.
    package init() {}

    /// The bounds for the entries of archives, which come from strangers.
    package static var archive: FilesystemPolicy {
        var policy = FilesystemPolicy()
        policy.maximumDepth = 32
        policy.maximumSegmentBytes = 240
        policy.dropsCurrentFolder = true
        return policy
    }
}
