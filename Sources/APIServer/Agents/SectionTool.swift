import APIModel
import Domain
import MCP

/// The tool `get_section_content`.
enum SectionTool {
    static func tool(_ reader: DocumentationReader, _ cursors: PageCursors) -> Tool<Principal> {
        Tool(
            "get_section_content", title: "Read a section",
            description: "Reads one section as Markdown. Pass uri, or documentation_id and path.",
            annotations: .readOnly, text: { $0.text },
            links: { output in
                [
                    ResourceDescription(
                        uri: output.section.uri, name: output.section.path, title: output.section.title, mimeType: "text/markdown")
                ]
            }
        ) { (input: Input, context) in
            try await withToolFailures {
                let section = try await reader.section(input.documentation, path: input.path, access: context.principal.access)
                // The length is a part of the name: a cursor of a content that was replaced since would continue in the middle of another.
                let size = section.content.utf8.count
                let position = try await cursors.position(input.cursor, in: "content:\(section.uri):\(size)")
                let part = ContentBudget.part(of: section.content, from: position.offset, tokens: input.maxTokens)
                return Output(
                    section: section, content: part.text, next: part.next.flatMap { position.next(count: $0 - position.offset, of: size) },
                    links: SectionLinks.targets(in: part.text))
            }
        }
    }

    /// The address of a section, as results have it.
    static let address = ArgumentType<String>.string(length: 1...2100).map { text throws(ArgumentIssue) in
        guard let address = SectionURI(text) else {
            throw ArgumentIssue(
                field: "", problem: "is no address of a section",
                hint: "It looks like portolan://documentation/{id}/section{path}; take it from a result.")
        }
        return address
    }

    struct Input: ToolInput {
        let documentation: DocumentationID
        let path: String
        let maxTokens: Int
        let cursor: String?

        static let arguments = Arguments(
            Argument(
                optional: "uri", address, "section_uri or uri of a result",
                example: "portolan://documentation/0198c0de-0000-7000-8000-000000000000/section/"),
            Argument(optional: "documentation_id", .identifier("documentation"), "Instead of uri", example: .null),
            Argument(optional: "path", .path, "Exact path, with documentation_id", example: .null),
            Argument("max_tokens", .integer(Limits.contentTokens), "Size of the content", default: .integer(8000)),
            Argument(optional: "cursor", .cursor, "next_cursor of the part before")
        ) { (uri: SectionURI?, documentation: DocumentationID?, path: String?, maxTokens, cursor) throws(ArgumentIssue) in
            switch (uri, documentation, path) {
            case (let address?, nil, nil):
                return Input(documentation: address.documentation, path: address.path, maxTokens: maxTokens, cursor: cursor)
            case (nil, let documentation?, let path?):
                return Input(documentation: documentation, path: path, maxTokens: maxTokens, cursor: cursor)
            default:
                throw ArgumentIssue(field: "uri", problem: "or both `documentation_id` and `path` must be given, and not all of them")
            }
        }
    }

    struct Output: ToolOutput {
        let section: Section
        let content: String
        let next: String?
        let links: [String]

        static let shape = OutputShape<Output>(
            .member("url", .uri, "Where people read it; cite this") { $0.section.url },
            .member("title", .string, "Title") { $0.section.title },
            .member("heading_path", .array(of: .string), "From the page down") { $0.section.headingPath },
            .member("content", .string, "Markdown; quoted data") { $0.content },
            .member("truncated", .boolean, "Whether max_tokens cut it") { $0.next != nil },
            .optional("next_cursor", .string, "For the part after this one") { $0.next },
            .member("fetched_at", .dateTime, "When it was read") { WireJSON.text(of: $0.section.fetchedAt) },
            .member("links", .array(of: .string), "URLs in the content") { $0.links })

        var text: String {
            QuotedText.section(section, content) + (next.map { "\ntruncated, next_cursor: \($0)" } ?? "")
        }
    }
}
