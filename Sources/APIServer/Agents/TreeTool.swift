import APIModel
import Domain
import MCP
import Retrieval

/// The tool `get_documentation_tree`.
enum TreeTool {
    static func tool(_ reader: DocumentationReader) -> Tool<Principal> {
        Tool(
            "get_documentation_tree", title: "Show the tree",
            description: "Shows how a documentation is organized: pages and sections as a tree. Go deeper with path.",
            annotations: .readOnly, text: { $0.text }
        ) { (input: Input, context) in
            try await withToolFailures {
                // The depth shrinks until the answer fits.
                Output(
                    tree: try await reader.tree(
                        input.documentation, path: input.path, depth: input.depth, limit: AnswerBudget.tokens,
                        access: context.principal.access
                    ) {
                        AnswerBudget.tokens($0.path, $0.uri, $0.title)
                    })
            }
        }
    }

    struct Input: ToolInput {
        let documentation: DocumentationID
        let path: String?
        let depth: Int

        static let arguments = Arguments(
            Argument("documentation_id", .identifier("documentation"), "Which", example: exampleIdentifier),
            Argument(optional: "path", .path, "Only what is at or below this path", example: "/"),
            Argument("depth", .integer(Limits.treeDepth), "Levels", default: 2)
        ) { Input(documentation: $0, path: $1, depth: $2) }
    }

    struct Output: ToolOutput {
        let tree: SectionTree

        var nodes: [Node] { tree.nodes.map { Node(node: $0) } }

        static let shape = OutputShape<Output>(
            .member("nodes", .array(of: .reference(Node.self, name: "Node")), "The top level") { $0.nodes },
            .partial { $0.tree.isCut }, .limitReason { $0.tree.isCut ? .tokenCap : .none })

        var text: String { QuotedText.listing(nodes.map { $0.text(indentation: 0) }) }
    }

    struct Node: ToolOutput {
        let node: SectionTree.Node

        static let shape = OutputShape<Node>(
            .member("path", .string, "Path") { $0.node.section.path },
            .member("title", .string, "Title") { $0.node.section.title },
            .member("uri", .uri, "For get_section_content") { $0.node.section.uri },
            .member("children", .array(of: .reference(Node.self, name: "Node")), "Below it") { $0.node.children.map { Node(node: $0) } },
            .optional("hidden_children", .integer, "Left out by depth") { $0.node.hidden > 0 ? $0.node.hidden : nil })

        func text(indentation: Int) -> String {
            let more = node.hidden > 0 ? " (+\(node.hidden) below)" : ""
            let line = String(repeating: "  ", count: indentation) + "\(node.section.title) \(node.section.path)\(more)"
            return ([line] + node.children.map { Node(node: $0).text(indentation: indentation + 1) }).joined(separator: "\n")
        }
    }
}
