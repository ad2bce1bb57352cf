import APIModel
import Domain
import Primitives
import Retrieval

/// A search with exactly what an agent would get: the tool's own text, scores, and how the budget was used.
struct SearchScreen: Sendable {
    let console: Console

    /// What the agents' tool takes without arguments, and at most.
    private static let defaultLimit = 10
    private static let limits = 1...50

    var routes: [Route] { [console.screen("/console/search") { call, visitor in try await page(call, visitor) }] }

    /// What was asked.
    private struct Question {
        let text: String
        let limit: Int
        let tokens: Int
        let library: String
        let version: String
        let documentation: DocumentationID?
        let cursor: String?

        init(_ query: QueryParameters) throws {
            text = try query.text("q") ?? ""
            limit = try query.integer("limit", in: SearchScreen.limits, default: SearchScreen.defaultLimit)
            tokens = try query.integer("max_tokens", in: Limits.maxTokens, default: Limits.defaultMaxTokens)
            library = try query.text("library") ?? ""
            version = try query.text("version") ?? ""
            documentation = try query.identifier("documentation_id", of: Documentation.self)
            cursor = try query.text("cursor")
        }

        var scope: SearchScope {
            SearchScope(documentation: documentation, library: library.isEmpty ? nil : library, version: version.isEmpty ? nil : version)
        }

        var parameters: [(String, String)] {
            [
                ("q", text), ("limit", String(limit)), ("max_tokens", String(tokens)), ("library", library), ("version", version),
                ("documentation_id", documentation?.description ?? ""),
            ]
        }
    }

    private func page(_ call: Call, _ visitor: ConsoleVisitor) async throws -> ConsolePage {
        let question = try Question(call.query)
        var (answer, status): (HTML, HTML) = (.empty, .empty)
        if !question.text.isEmpty {
            do {
                let query = try SearchRoutes.query(question.text, question.scope, limit: question.limit, field: "q")
                let found = try await console.search.search(
                    query, cursor: question.cursor, tokens: question.tokens, explains: true, access: call.access)
                answer = Self.results(found, question, text: SearchTool.Output(query: query.text, answer: found).text)
            } catch let fault as Fault where [.validation, .notFound].contains(fault.category) {
                status = ConsoleParts.alert(fault)
            }
        }
        return ConsolePage(
            title: "Search", place: .search, visitor: visitor,
            content: """
                <h1>Search</h1>
                <p class="lead">What an agent gets from <code>search_documentation</code>.</p>
                \(Self.form(question))
                \(status)\(answer)
                """)
    }

    private static func form(_ question: Question) -> HTML {
        let documentation: HTML? = question.documentation.map { id in
            "<input type=\"hidden\" name=\"documentation_id\" value=\"\(id.description)\"><p class=\"hint\">Only in documentation \(id.description).</p>"
        }
        return """
            <form class="card searchbox" method="get" action="/console/search" role="search">
            <div class="ask"><div class="field"><label for="q">Question</label>
            <input id="q" name="q" type="search" required minlength="2" maxlength="2000" value="\(question.text)"\(" autofocus", if: question.text.isEmpty)></div>
            <button type="submit">Search</button></div>
            <div class="pair">
            <div class="field"><label for="library">Library</label><input id="library" name="library" maxlength="200" placeholder="all" value="\(question.library)"></div>
            <div class="field"><label for="version">Version</label><input id="version" name="version" maxlength="200" placeholder="all" value="\(question.version)"></div>
            <div class="field"><label for="limit">Results</label><input id="limit" name="limit" type="number" min="1" max="50" value="\(question.limit)"></div>
            <div class="field"><label for="max_tokens">Token budget</label><input id="max_tokens" name="max_tokens" type="number" min="100" max="100000" value="\(question.tokens)"></div>
            </div>
            \(documentation)
            </form>
            """
    }

    private static func results(_ answer: SearchAnswer, _ question: Question, text: String) -> HTML {
        let used = TokenBudget.tokens(in: text)
        let reasons: HTML? =
            answer.reasons.isEmpty ? nil : ConsoleParts.notice("Less than whole: \(answer.reasons.joined(separator: ", ")).", "warn")
        let partial: HTML? = answer.isPartial ? ConsoleParts.notice("The budget left results out.", "warn") : nil
        let more: HTML? = answer.nextCursor.map { cursor in
            """
            <nav class="pages" aria-label="Pages"><span></span>\
            <a class="button quiet" href="\(Link.path("/console/search", question.parameters + [("cursor", cursor)]))">More results</a></nav>
            """
        }
        let channels = answer.channels.map { channel -> HTML in
            "<div><dt>\(channel.channel.rawValue)</dt><dd>\(channel.candidates) candidates, \(Int(channel.took.milliseconds)) ms</dd></div>"
        }
        return """
            \(reasons)\(partial)
            <section class="card" aria-label="Summary"><dl class="facts">
            <div><dt>Matches</dt><dd id="total">\(answer.total)</dd></div>
            <div><dt>Mode</dt><dd>\(answer.mode.rawValue)</dd></div>
            <div><dt>Text for the agent</dt><dd>\(used) of \(question.tokens) tokens <meter min="0" max="\(question.tokens)" value="\(min(used, question.tokens))" aria-label="Part of the budget">\(used)</meter></dd></div>
            \(channels)
            </dl></section>
            <ol class="results">\(answer.hits.enumerated().map { hit($1, number: $0 + 1) })</ol>
            \(more)
            <details class="card"><summary>The text that the agent reads</summary><pre class="wrap">\(text)</pre></details>
            """
    }

    private static func hit(_ hit: Retrieval.SearchHit, number: Int) -> HTML {
        let section = hit.section
        let signals = hit.signals.map { signal -> HTML in
            "<li>\(signal.channel.rawValue) #\(signal.rank) · \(thousandths(signal.score))</li>"
        }
        let address = Link.path("/console/documentation/\(section.documentation)", [("path", section.path)])
        return """
            <li class="card">
            <h3><a href="\(address)">\(section.title.isEmpty ? section.path : section.title)</a></h3>
            <p class="path">\(section.library) \(section.version) · \(hit.headingPath.joined(separator: " › "))</p>
            <div class="score"><span>Score</span><meter min="0" max="1" value="\(thousandths(hit.score))" aria-label="Score of result \(number)">\(thousandths(hit.score))</meter><span>\(thousandths(hit.score))</span></div>
            <ul class="signals" aria-label="Channels">\(signals)</ul>
            <pre class="wrap">\(hit.excerpt)</pre>
            <p class="small">\(ConsoleParts.address(hit.url)) · \(TokenBudget.tokens(in: hit.excerpt)) tokens</p>
            </li>
            """
    }

    /// `value` with three digits after the point.
    private static func thousandths(_ value: Double) -> String {
        let count = Int((value * 1000).rounded())
        let digits = String(1000 + abs(count) % 1000).dropFirst()
        return "\(count < 0 ? "-" : "")\(abs(count) / 1000).\(digits)"
    }
}
