/// The files and folders of one archive or folder so far, to find those that are the same where case and normal form do not count.
package struct PathSet: Sendable {
    private struct Level: Hashable {
        let parent: Int
        let name: String
    }

    private struct Node {
        let number: Int
        let spelling: String
        let isFolder: Bool
    }

    private var nodes: [Level: Node] = [:]
    /// Length of all paths that were inserted, in bytes.
    private(set) var bytes = 0

    package init() {}

    /// How many different files and folders there are, implied folders included.
    package var count: Int { nodes.count }

    /// What stands in the way of a path.
    enum Obstacle: Hashable {
        /// A name that differs in case or form only.
        case otherSpelling(String)
        /// A file with that name; for a file also a folder.
        case taken
    }

    /// What stands in the way of `path`; `nil` when nothing does. A folder may be named again.
    func obstacle(to path: CheckedPath, isFolder: Bool) -> Obstacle? {
        var parent = 0
        for (depth, segment) in path.segments.enumerated() {
            guard let node = nodes[Level(parent: parent, name: UnicodeForm.folded(segment))] else { return nil }
            if node.spelling != segment { return .otherSpelling(node.spelling) }
            let needsFolder = depth < path.segments.count - 1 || isFolder
            if !node.isFolder || !needsFolder { return .taken }
            parent = node.number
        }
        return nil
    }

    /// Adds a path that the gate let pass, and the folders on its way.
    package mutating func insert(_ path: CheckedPath, isFolder: Bool) {
        var parent = 0
        for (depth, segment) in path.segments.enumerated() {
            bytes += segment.utf8.count + 1
            let level = Level(parent: parent, name: UnicodeForm.folded(segment))
            if let node = nodes[level] {
                parent = node.number
            } else {
                // The root is number 0 and not a node.
                parent = nodes.count + 1
                nodes[level] = Node(number: parent, spelling: segment, isFolder: depth < path.segments.count - 1 || isFolder)
            }
        }
    }
}
