import APIModel

/// A tree of sections drawn with lines.
enum TreeDrawing {
    /// One line for each node: title and path, with branches before it; roots stand at the edge.
    static func text(_ nodes: [TreeNode]) -> String {
        var result = ""
        for node in nodes { draw(node, first: "", rest: "", into: &result) }
        return result
    }

    private static func draw(_ node: TreeNode, first: String, rest: String, into result: inout String) {
        result += "\(first)\(PlainText.line(node.title))  \(PlainText.line(node.path))\n"
        for (index, child) in node.children.enumerated() {
            let isLast = index == node.children.count - 1
            draw(child, first: rest + (isLast ? "└── " : "├── "), rest: rest + (isLast ? "    " : "│   "), into: &result)
        }
    }
}
