import APIModel
import Domain
import MCP

/// The tools `list_documentations` and `list_documentation_sections`.
enum ListTools {
    static func documentations(_ reader: DocumentationReader) -> Tool<Principal> {
        Tool(
            "list_documentations", title: "List documentations",
            description: "Lists which documentations there are, by library and version.",
            annotations: .readOnly, text: { $0.text }
        ) { (input: Documentations.Input, _) in
            try await withToolFailures {
                let cursor = ListCursor(scope: "documentations:\(input.library ?? "")")
                let offset = try cursor.offset(input.cursor)
                let (found, total) = try await reader.store.documentations(
                    scope: SearchScope(library: input.library), limit: input.limit, offset: offset)
                return Documentations(
                    items: found, next: cursor.next(after: offset + found.count, of: total, count: found.count))
            }
        }
    }

    struct Documentations: ToolOutput {
        let items: [Documentation]
        let next: String?

        struct Input: ToolInput {
            let library: String?
            let limit: Int
            let cursor: String?

            static let arguments = Arguments(
                Argument(optional: "library", .name, "Only this library", example: "fastapi"),
                Argument("limit", .integer(1...100), "On a page", default: 20),
                Argument(optional: "cursor", .cursor, "next_cursor of the page before")
            ) { Input(library: $0, limit: $1, cursor: $2) }
        }

        struct Item: ToolOutput {
            let item: Documentation

            static let shape = OutputShape<Item>(
                .member("id", .string, "For documentation_id") { $0.item.id.description },
                .member("library", .string, "Library") { $0.item.library },
                .member("version", .string, "Version") { $0.item.version },
                .member("url", .uri, "Root") { $0.item.rootURL },
                .member("title", .string, "Title") { $0.item.title },
                .member("sections", .integer, "How many") { $0.item.sections },
                .optional("last_synced", .dateTime, "When it was last read") { $0.item.lastSynced.map { WireJSON.text(of: $0) } })
        }

        static let shape = OutputShape<Documentations>(
            .member("documentations", .array(of: .object(Item.self)), "By library, version, URL") { $0.items.map { Item(item: $0) } },
            .optional("next_cursor", .string, "For the next page") { $0.next })

        var text: String {
            var lines = items.map { "\($0.library) \($0.version): \($0.title) (\($0.sections) sections) \($0.rootURL) id \($0.id)" }
            if lines.isEmpty { lines.append("There are no documentations.") }
            if let next { lines.append("More: call again with cursor \(next)") }
            return lines.joined(separator: "\n")
        }
    }

    static func sections(_ reader: DocumentationReader) -> Tool<Principal> {
        Tool(
            "list_documentation_sections", title: "List sections", description: "Lists the sections of one documentation in reading order.",
            annotations: .readOnly, text: { $0.text }
        ) { (input: Sections.Input, _) in
            try await withToolFailures {
                _ = try await reader.documentation(input.documentation)
                let cursor = ListCursor(scope: "sections:\(input.documentation):\(input.startPath ?? "")")
                let offset = try cursor.offset(input.cursor)
                let (found, total) = try await reader.store.sections(
                    input.documentation, startPath: input.startPath, limit: input.limit, offset: offset)
                return Sections(items: found, next: cursor.next(after: offset + found.count, of: total, count: found.count))
            }
        }
    }

    struct Sections: ToolOutput {
        let items: [Section]
        let next: String?

        struct Input: ToolInput {
            let documentation: DocumentationID
            let startPath: String?
            let limit: Int
            let cursor: String?

            static let arguments = Arguments(
                Argument("documentation_id", .identifier("documentation"), "Which", example: exampleIdentifier),
                Argument(optional: "start_path", .path, "Only paths that begin so", example: "/"),
                Argument("limit", .integer(Limits.sectionLimit), "On a page", default: .integer(Limits.defaultSectionLimit)),
                Argument(optional: "cursor", .cursor, "next_cursor of the page before")
            ) { Input(documentation: $0, startPath: $1, limit: $2, cursor: $3) }
        }

        struct Item: ToolOutput {
            let item: Section

            static let shape = OutputShape<Item>(
                .member("uri", .uri, "For get_section_content") { $0.item.uri },
                .member("path", .string, "Path") { $0.item.path },
                .member("title", .string, "Title") { $0.item.title },
                .member("level", .integer, "0 for a page") { $0.item.level },
                .member("tokens", .integer, "Size") { $0.item.tokens },
                .member("url", .uri, "Where people read it") { $0.item.url })
        }

        static let shape = OutputShape<Sections>(
            .member("sections", .array(of: .object(Item.self)), "In reading order") { $0.items.map { Item(item: $0) } },
            .optional("next_cursor", .string, "For the next page") { $0.next })

        var text: String {
            var lines = items.map { String(repeating: "  ", count: $0.level) + "\($0.title) (\($0.tokens) tokens) \($0.path)" }
            if lines.isEmpty { lines.append("There are no such sections.") }
            if let next { lines.append("More: call again with cursor \(next)") }
            return lines.joined(separator: "\n")
        }
    }
}
