import APIModel
import Domain
import MCP
import Retrieval

/// The tools `list_documentations` and `list_documentation_sections`.
enum ListTools {
    static func documentations(_ reader: DocumentationReader, _ cursors: PageCursors, _ search: SearchService) -> Tool<Principal> {
        Tool(
            "list_documentations", title: "List documentations",
            description: "Lists which documentations there are, by library and version.",
            annotations: .readOnly, text: { $0.text }
        ) { (input: Documentations.Input, context) in
            try await withToolFailures {
                let position = try await cursors.position(input.cursor, in: "documentations:\(input.library ?? "")")
                let (scope, access) = (SearchScope(library: input.library), context.principal.access)
                let (found, total) = try await reader.store.documentations(
                    scope: scope, limit: input.limit, offset: position.offset, access: access)
                if total == 0 { try await search.check(scope, access: access) }
                return Documentations(
                    page: BudgetedPage(found, of: total, at: position) {
                        AnswerBudget.tokens($0.library, $0.version, $0.rootURL, $0.title)
                    })
            }
        }
    }

    struct Documentations: ToolOutput {
        let page: BudgetedPage<Documentation>

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
            .member("documentations", .array(of: .object(Item.self)), "By library, version, URL") {
                $0.page.items.map { Item(item: $0) }
            }, .partial { $0.page.isPartial }, .limitReason { $0.page.limitReason }, .nextCursor { $0.page.next })

        var text: String {
            if page.items.isEmpty { return "There are no documentations." }
            let lines = page.items.map { "\($0.library) \($0.version): \($0.title) (\($0.sections) sections) \($0.rootURL) id \($0.id)" }
            return QuotedText.listing(lines) + (page.next.map { "\nnext_cursor: \($0)" } ?? "")
        }
    }

    static func sections(_ reader: DocumentationReader, _ cursors: PageCursors) -> Tool<Principal> {
        Tool(
            "list_documentation_sections", title: "List sections", description: "Lists the sections of one documentation in reading order.",
            annotations: .readOnly, text: { $0.text }
        ) { (input: Sections.Input, context) in
            try await withToolFailures {
                _ = try await reader.documentation(input.documentation, access: context.principal.access)
                let position = try await cursors.position(input.cursor, in: "sections:\(input.documentation):\(input.startPath ?? "")")
                let (found, total) = try await reader.store.sections(
                    input.documentation, startPath: input.startPath, limit: input.limit, offset: position.offset,
                    access: context.principal.access)
                return Sections(
                    page: BudgetedPage(found, of: total, at: position) { AnswerBudget.tokens($0.uri, $0.path, $0.title, $0.url) })
            }
        }
    }

    struct Sections: ToolOutput {
        let page: BudgetedPage<Section>

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
            .member("sections", .array(of: .object(Item.self)), "In reading order") { $0.page.items.map { Item(item: $0) } },
            .partial { $0.page.isPartial }, .limitReason { $0.page.limitReason }, .nextCursor { $0.page.next })

        var text: String {
            if page.items.isEmpty { return "There are no such sections." }
            let lines = page.items.map { String(repeating: "  ", count: $0.level) + "\($0.title) (\($0.tokens) tokens) \($0.path)" }
            return QuotedText.listing(lines) + (page.next.map { "\nnext_cursor: \($0)" } ?? "")
        }
    }
}
