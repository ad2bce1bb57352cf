import APIModel
import Domain
import MCP
import Retrieval

/// Prompts that come with what they are about: the sections are found and read when a person picks the prompt, so that the model begins with
/// evidence instead of a plan to look for some.
struct AgentPrompts: Sendable {
    let search: MeasuredSearch
    let reader: DocumentationReader

    /// Tokens of the excerpts that a prompt brings for each search.
    private static let tokens = 3_000

    var all: [Prompt<Principal>] { [answerQuestion, compareVersions, explainSection] }

    private var answerQuestion: Prompt<Principal> {
        Prompt(
            "answer_from_documentation", title: "Answer from documentation",
            description: "Finds the sections that fit a question and asks for an answer that cites them."
        ) { (input: AskInput, context) in
            let found = try await find(input.question, input.scope, context)
            return [
                PromptMessage(
                    .user,
                    .text(
                        """
                        Answer the question below from the attached sections of documentation. Cite the source URL of every section that the answer rests \
                        on. If the sections do not answer it, say so and name what is missing; search_documentation finds more.

                        Question: \(input.question)
                        """))
            ] + found
        }
    }

    private var compareVersions: Prompt<Principal> {
        Prompt(
            "compare_versions", title: "Compare two versions",
            description: "Finds what two versions of a library say about a topic and asks what has changed."
        ) { (input: CompareInput, context) in
            let older = try await find(input.topic, SearchScope(library: input.library, version: input.from), context)
            let newer = try await find(input.topic, SearchScope(library: input.library, version: input.to), context)
            let ask = """
                Compare what \(input.library) \(input.from) and \(input.library) \(input.to) say about the topic below: what was added, removed, or is \
                done in another way, and what has to change in code that moves from one to the other. Cite the source URL for each difference. Say where \
                the attached sections are not enough to tell.

                Topic: \(input.topic)
                """
            return [PromptMessage(.user, .text(ask)), PromptMessage(.user, .text("Sections of \(input.from):"))] + older
                + [PromptMessage(.user, .text("Sections of \(input.to):"))] + newer
        }
    }

    private var explainSection: Prompt<Principal> {
        Prompt(
            "explain_section", title: "Explain a section", description: "Reads one section and asks for an explanation with an example."
        ) { (input: ExplainInput, context) in
            let section = try await told {
                try await reader.section(input.address.documentation, path: input.address.path, access: context.principal.access)
            }
            let audience = input.audience.map { " for \($0)" } ?? ""
            return [
                PromptMessage(
                    .user,
                    .text(
                        "Explain the attached section of documentation\(audience): what it is for, how it is used, with one example of your own. Cite "
                            + "its source URL.")),
                PromptMessage(.user, .resource(section.resource)),
            ]
        }
    }

    /// The best sections for `text`, each as an embedded resource with its excerpt.
    private func find(
        _ text: String, _ scope: SearchScope, _ context: MCP.RequestContext<Principal>
    ) async throws -> [PromptMessage] {
        let answer = try await told {
            try await search.search(
                try SearchQuery(text: text, scope: scope, limit: 5), cursor: nil, tokens: Self.tokens, access: context.principal.access)
        }
        guard !answer.hits.isEmpty else { return [PromptMessage(.user, .text("No section matches."))] }
        return answer.hits.map { hit in
            let excerpt = QuotedText.section(hit.section, at: hit.url, below: hit.headingPath, hit.excerpt)
            return PromptMessage(.user, .resource(ResourceContents(uri: hit.section.uri, mimeType: "text/markdown", body: .text(excerpt))))
        }
    }

    /// Turns what a person can correct into an error that says so.
    private func told<Value>(_ body: () async throws -> Value) async throws -> Value {
        do {
            return try await body()
        } catch let fault as Fault where [.validation, .notFound].contains(fault.category) {
            throw ProtocolError(.invalidParams, "\(fault.message)\(fault.hint.map { " \($0)" } ?? "")")
        }
    }

    struct AskInput: ToolInput {
        let question: String
        let scope: SearchScope

        static let arguments = Arguments(
            Argument("question", .string(length: Limits.queryLength), "What to answer", example: "How do I install it?"),
            Argument(optional: "library", .name, "Only this library"), Argument(optional: "version", .name, "Only this version")
        ) { question, library, version in AskInput(question: question, scope: SearchScope(library: library, version: version)) }
    }

    struct CompareInput: ToolInput {
        let library: String
        let from: String
        let to: String
        let topic: String

        static let arguments = Arguments(
            Argument("library", .name, "Library", example: "fastapi"), Argument("from_version", .name, "Older version", example: "1.0"),
            Argument("to_version", .name, "Newer version", example: "2.0"),
            Argument("topic", .string(length: Limits.queryLength), "What to compare", example: "installation")
        ) { CompareInput(library: $0, from: $1, to: $2, topic: $3) }
    }

    struct ExplainInput: ToolInput {
        let address: SectionURI
        let audience: String?

        static let arguments = Arguments(
            Argument(
                "uri", SectionTool.address, "section_uri of a result",
                example: "portolan://documentation/0198c0de-0000-7000-8000-000000000000/section/"),
            Argument(optional: "audience", .string(length: 1...200), "Whom to explain it to", example: "a beginner")
        ) { ExplainInput(address: $0, audience: $1) }
    }
}
