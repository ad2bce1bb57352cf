import APIClient
import APIModel
import ArgumentParser

/// `portolan docs tree ID`.
struct DocsTreeCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "tree", abstract: "Draw the sections of a documentation as a tree.")

    @Argument(help: "Identifier of the documentation.")
    var documentation: String

    @Option(help: "Only what lies below this path.")
    var path: String?

    @Option(help: "Levels to show, 1 to 20 (default all).")
    var depth: Int?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        try ArgumentCheck.identifier(documentation, "<documentation>")
        try ArgumentCheck.range(depth, Limits.treeDepth, "--depth")
    }

    func run(with session: ClientSession) async throws {
        let tree = try await session.api.tree(documentation, path: path, depth: depth)
        try session.show(tree) { TreeDrawing.text(tree.nodes) }
        if tree.isTruncated { session.note("There are more sections than one tree holds. Give a --path.") }
        if tree.nodes.isEmpty && !session.isJSON { session.note("No sections.") }
    }
}
