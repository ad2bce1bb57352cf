import APIClient
import APIModel
import ArgumentParser
import Domain

/// `portolan docs show URI` and `portolan docs show ID PATH`.
struct DocsShowCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a section as Markdown.",
        usage: "portolan docs show <uri>\nportolan docs show <documentation> <path>")

    @Argument(help: "The section's portolan:// address, or the identifier of its documentation.")
    var reference: String

    @Argument(help: "The section's path when the first argument is an identifier.")
    var path: String?

    @Option(help: "Cut the content at this many tokens of 4 bytes, 100 to 100000.")
    var maxTokens: Int?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws {
        _ = try target()
        try ArgumentCheck.range(maxTokens, Limits.maxTokens, "--max-tokens")
    }

    func run(with session: ClientSession) async throws {
        let (documentation, path) = try target()
        let content = try await session.api.content(documentation, path: path, maxTokens: maxTokens)
        try session.show(content) {
            let text = PlainText.block(content.content)
            return text.hasSuffix("\n") ? text : text + "\n"
        }
        if content.isTruncated && !session.isJSON { session.note("The content is cut at the token limit.") }
    }

    private func target() throws -> (documentation: String, path: String) {
        guard reference.hasPrefix("portolan://") else {
            try ArgumentCheck.identifier(reference, "<documentation>")
            guard let path, !path.isEmpty else { throw ValidationError("The section's path is missing after the identifier.") }
            return (reference, path)
        }
        guard path == nil else { throw ValidationError("A portolan:// address has its path inside; leave out the second argument.") }
        guard let uri = SectionURI(reference) else {
            throw ValidationError("'\(reference)' is no address of a section: portolan://documentation/<id>/section/<path>.")
        }
        return ("\(uri.documentation)", uri.path)
    }
}
