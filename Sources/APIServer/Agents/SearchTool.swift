import APIModel
import Domain
import MCP
import Retrieval

/// The tool `search_documentation`.
enum SearchTool {
    static func tool(_ search: MeasuredSearch) -> Tool<Principal> {
        Tool(
            "search_documentation", title: "Search documentation",
            description: """
                Finds sections by meaning and by exact words: names, error messages, options, or a whole question. Results are excerpts; \
                read a section in full with get_section_content.
                """,
            annotations: .readOnly, text: { $0.text },
            links: { output in
                output.hits.map { hit in
                    ResourceDescription(uri: hit.section.uri, name: hit.section.path, title: hit.section.title, mimeType: "text/markdown")
                }
            }
        ) { (input: Input, context) in
            try await withToolFailures {
                let query = try SearchQuery(text: input.query, scope: input.scope, limit: input.limit)
                return Output(
                    query: query.text,
                    answer: try await search.search(
                        query, cursor: input.cursor, tokens: input.maxTokens, textTokens: AnswerBudget.textTokens,
                        access: context.principal.access))
            }
        }
    }

    struct Input: ToolInput {
        let query: String
        let limit: Int
        let scope: SearchScope
        let maxTokens: Int
        let cursor: String?

        static let arguments = Arguments(
            Argument("query", .string(length: Limits.queryLength), "Words or a question", example: "how to install"),
            Argument("limit", .integer(1...50), "Results on a page", default: 10),
            Argument(
                optional: "documentation_id", .identifier("documentation"), "Only this documentation", example: exampleIdentifier),
            Argument(optional: "library", .name, "Only this library", example: "fastapi"),
            Argument(optional: "version", .name, "Only this version of the library", example: "latest"),
            Argument("max_tokens", .integer(Limits.agentTokens), "Size of all results", default: .integer(Limits.defaultMaxTokens)),
            Argument(optional: "cursor", .cursor, "next_cursor of the page before")
        ) { (query, limit, documentation: DocumentationID?, library, version, maxTokens, cursor) in
            Input(
                query: query, limit: limit, scope: SearchScope(documentation: documentation, library: library, version: version),
                maxTokens: maxTokens, cursor: cursor)
        }
    }

    struct Output: ToolOutput {
        let query: String
        let answer: SearchAnswer

        var hits: [Retrieval.SearchHit] { answer.hits }

        var text: String {
            var lines = ["\(answer.total) sections match; \(hits.count) shown, best first (\(answer.mode.rawValue))."]
            if !answer.reasons.isEmpty { lines.append("Less than a whole answer: \(answer.reasons.joined(separator: ", ")).") }
            if !hits.isEmpty { lines.append(QuotedText.notice) }
            for (index, hit) in hits.enumerated() {
                lines.append(
                    """

                    \(index + 1). \(hit.section.library) \(hit.section.version)
                    Source: \(hit.url), fetched \(WireJSON.text(of: hit.section.fetchedAt))
                    Section: \(hit.section.uri)
                    \(QuotedText.fenced(QuotedText.titled(hit.headingPath, hit.excerpt)))
                    """)
            }
            if let cursor = answer.nextCursor { lines.append("\nnext_cursor: \(cursor)") }
            return lines.joined(separator: "\n")
        }

        static let shape = OutputShape<Output>(
            .member("results", .array(of: .object(Hit.self)), "Best first") { $0.hits.map { Hit(hit: $0) } },
            .member("search_mode", .choice(of: Retrieval.SearchMode.self), "keyword_fallback: without vectors") { $0.answer.mode },
            .member("total", .integer, "Sections that match") { $0.answer.total },
            .partial { $0.answer.isPartial }, .limitReason { $0.answer.limitReason },
            .member("degraded", .boolean, "Whether something that belongs to a whole answer was away") { !$0.answer.reasons.isEmpty },
            .member("reasons", .array(of: .string), "What was away") { $0.answer.reasons },
            .nextCursor { $0.answer.nextCursor })
    }

    struct Hit: ToolOutput {
        let hit: Retrieval.SearchHit

        static let shape = OutputShape<Hit>(
            .member("url", .uri, "Where people read it; cite this") { $0.hit.url },
            .member("title", .string, "Of the section") { $0.hit.section.title },
            .member("heading_path", .array(of: .string), "From the page down") { $0.hit.headingPath },
            .member("excerpt", .string, "Quoted data") { $0.hit.excerpt },
            .member("score", .number, "0 to 1") { ($0.hit.score * 10_000).rounded() / 10_000 },
            .member("fetched_at", .dateTime, "When it was read") { WireJSON.text(of: $0.hit.section.fetchedAt) },
            .member("section_uri", .uri, "For get_section_content") { $0.hit.section.uri },
            .member("library", .string, "Library") { $0.hit.section.library },
            .member("version", .string, "Version") { $0.hit.section.version })
    }
}
