import APIModel
import Domain
import Ingestion

/// The documentations, and the form that asks for one.
struct OverviewScreen: Sendable {
    let console: Console

    private static let limit = 20

    var routes: [Route] {
        [
            console.screen("/") { call, visitor in try await page(call, visitor) },
            console.action("/console/jobs", .ingest) { call, form, visitor in
                do {
                    return Console.found("/console/jobs/\(try await start(call, form).id)?notice=started")
                } catch let fault as Fault where [.validation, .security, .notFound, .inputSanitization].contains(fault.category) {
                    return try await page(call, visitor, StartForm(form, fault)).response(status: 422)
                }
            },
        ]
    }

    private func page(_ call: Call, _ visitor: ConsoleVisitor, _ form: StartForm = StartForm()) async throws -> ConsolePage {
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        let (found, total) = try await console.documentations.documentations(
            scope: SearchScope(), limit: Self.limit, offset: offset, access: call.access)
        let rows = found.map { documentation -> HTML in
            let title = documentation.title.isEmpty ? documentation.rootURL : documentation.title
            let address: HTML? = documentation.title.isEmpty ? nil : "<small>\(documentation.rootURL)</small>"
            let status = documentation.lastJobStatus.map { ConsoleParts.state($0) }
            return """
                <tr>
                <td data-label="Documentation"><div><a href="/console/documentation/\(documentation.id.description)">\(title)</a>\(address)</div></td>
                <td data-label="Library"><div>\(documentation.library) <small>\(documentation.version)</small></div></td>
                <td data-label="Sections" class="number">\(documentation.sections)</td>
                <td data-label="Last job"><span>\(status)</span></td>
                <td data-label="Synced">\(ConsoleParts.time(documentation.lastSynced))</td>
                </tr>
                """
        }
        let table: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">There is nothing to read yet. Start an ingestion, and it shows up here.</p>"
            : """
            <table>
            <thead><tr><th scope="col">Documentation</th><th scope="col">Library</th><th scope="col" class="number">Sections</th>
            <th scope="col">Last job</th><th scope="col">Synced</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            \(ConsoleParts.pages("/", [], offset: offset, limit: Self.limit, total: total))
            """
        let list: HTML = "<section class=\"card\" aria-label=\"Documentations\">\(table)</section>"
        let start: HTML? = visitor.mayIngest ? form.html(visitor) : nil
        return ConsolePage(
            title: "Documentations", place: .overview, visitor: visitor,
            content: """
                <h1>Documentations</h1>
                <p class="lead">\(total) in all, as agents find them.</p>
                <div class="\(visitor.mayIngest ? "split" : "whole")">\(list)\(start)</div>
                """)
    }

    private func start(_ call: Call, _ form: ConsoleForm) async throws -> Job {
        guard let url = try form.text("web_url") else {
            throw Fault.invalid(field: "web_url", "An address is needed.", hint: "It begins with https://.")
        }
        var depth: Int?
        if let text = try form.text("crawl_depth") {
            guard let number = Int(text), Limits.crawlDepth.contains(number) else {
                throw Fault.invalid(field: "crawl_depth", "The depth is no number from 0 to 10.", limit: "0 to 10")
            }
            depth = number
        }
        return try await console.ingestion.submit(
            IngestionRequest(
                webURL: url, crawlDepth: depth, includePatterns: try form.lines("include_patterns"),
                excludePatterns: try form.lines("exclude_patterns"), library: try form.text("library"), version: try form.text("version"),
                priority: .high, correlationID: call.correlationID), access: call.access
        ).job
    }
}

/// The form that asks for an ingestion, with what was typed and what is wrong with it.
struct StartForm: Sendable {
    private var values: [String: String] = [:]
    private var fault: Fault?

    private static let names = ["web_url", "crawl_depth", "include_patterns", "exclude_patterns", "library", "version"]

    init() { values["crawl_depth"] = String(Limits.defaultCrawlDepth) }

    init(_ form: ConsoleForm, _ fault: Fault) {
        for name in Self.names { values[name] = (try? form.text(name)) ?? "" }
        self.fault = fault
    }

    func html(_ visitor: ConsoleVisitor) -> HTML {
        let alert = fault.map { ConsoleParts.alert($0) }
        return """
            <section class="card" aria-labelledby="start">
            <h2 id="start">Ingest a documentation</h2>
            \(alert)
            <form class="stack" method="post" action="/console/jobs">
            \(visitor.formField)
            <div class="field"><label for="web_url">Address</label>
            <input id="web_url" name="web_url" type="url" required maxlength="2048" placeholder="https://docs.example.com/" value="\(values["web_url"] ?? "")"\(invalid("web_url"))></div>
            <div class="field"><label for="crawl_depth">Depth</label>
            <input id="crawl_depth" name="crawl_depth" type="number" min="0" max="10" aria-describedby="depth_hint" value="\(values["crawl_depth"] ?? "")"\(invalid("crawl_depth"))>
            <p class="hint" id="depth_hint">Links followed from the address, 0 to 10.</p></div>
            <div class="field"><label for="include_patterns">Only these pages</label>
            <textarea id="include_patterns" name="include_patterns" rows="2" spellcheck="false" aria-describedby="glob_hint"\(invalid("include_patterns"))>
            \(values["include_patterns"] ?? "")</textarea>
            <p class="hint" id="glob_hint">A pattern on each line, such as /guide/**</p></div>
            <div class="field"><label for="exclude_patterns">Not these pages</label>
            <textarea id="exclude_patterns" name="exclude_patterns" rows="2" spellcheck="false" aria-describedby="glob_hint"\(invalid("exclude_patterns"))>
            \(values["exclude_patterns"] ?? "")</textarea></div>
            <div class="pair">
            <div class="field"><label for="library">Library</label>
            <input id="library" name="library" maxlength="200" placeholder="host name" value="\(values["library"] ?? "")"\(invalid("library"))></div>
            <div class="field"><label for="version">Version</label>
            <input id="version" name="version" maxlength="100" placeholder="latest" value="\(values["version"] ?? "")"\(invalid("version"))></div>
            </div>
            <button type="submit">Start</button>
            </form>
            </section>
            """
    }

    private func invalid(_ name: String) -> HTML { fault?.field == name ? " aria-invalid=\"true\"" : "" }
}
