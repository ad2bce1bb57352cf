import APIModel
import Domain

/// Where documentations come from, and when they are looked at.
struct SourcesScreen: Sendable {
    let console: Console

    private static let limit = 25
    private static let path = "/console/sources"

    var routes: [Route] {
        [
            console.screen(Self.path) { call, visitor in try await list(call, visitor) },
            console.action("\(Self.path)/{id}/sync", .ingest) { call, _, _ in
                let id: SourceID = try call.identifier("source")
                guard try await console.sources.requestSync(id, access: call.access) != nil else {
                    throw Fault.notFound("source", id.description)
                }
                return Console.found("\(Self.path)?notice=sync")
            },
            console.action("\(Self.path)/{id}/pause", .ingest) { call, form, _ in
                let id: SourceID = try call.identifier("source")
                let isPaused = try form.text("paused") == "true"
                guard try await console.sources.update(id, isPaused: isPaused, timing: nil, access: call.access) != nil else {
                    throw Fault.notFound("source", id.description)
                }
                return Console.found("\(Self.path)?notice=\(isPaused ? "paused" : "resumed")")
            },
        ]
    }

    private func list(_ call: Call, _ visitor: ConsoleVisitor) async throws -> ConsolePage {
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        let (found, total) = try await console.sources.sources(limit: Self.limit, offset: offset, access: call.access)
        let isLive = found.contains { $0.sync.state == .running || $0.sync.isRequested }
        let notice: HTML? =
            switch try call.query.text("notice") {
            case "sync": ConsoleParts.notice("The source is looked at next.")
            case "paused": ConsoleParts.notice("The source rests.", "warn")
            case "resumed": ConsoleParts.notice("The source is looked at again.")
            default: nil
            }
        let rows = found.map { source -> HTML in Self.row(source, visitor) }
        let actions: HTML? = visitor.mayIngest ? "<th scope=\"col\">Actions</th>" : nil
        let table: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">There are no sources yet.</p>"
            : """
            <table><thead><tr><th scope="col">Source</th><th scope="col">State</th><th scope="col">Looks</th><th scope="col">Last look</th>\(actions)</tr></thead>
            <tbody>\(rows)</tbody></table>
            """
        return ConsolePage(
            title: "Sources", place: .sources, visitor: visitor, isLive: isLive,
            content: """
                <h1>Sources</h1>
                <p class="lead">What documentations are made from, and how they are kept up to date.</p>
                \(notice)
                <section class="card" aria-label="Sources">
                <div id="sources"\(" data-live", if: isLive)>\(table)</div>
                \(ConsoleParts.pages(Self.path, [], offset: offset, limit: Self.limit, total: total))
                </section>
                """)
    }

    private static func row(_ source: Source, _ visitor: ConsoleVisitor) -> HTML {
        let timing =
            switch source.sync.timing {
            case .onRequest: "when asked"
            case .every(let seconds): "every \(seconds) s"
            case .cron(let schedule): "cron \(schedule.description)"
            }
        let fault = source.sync.fault.map { fault -> HTML in "<small>\(fault.message)</small>" }
        let id = source.id.description
        let name = "\(source.library) \(source.version)"
        let actions: HTML? =
            visitor.mayIngest
            ? """
            <td data-label="Actions"><div>
            <form method="post" action="\(path)/\(id)/sync">\(visitor.formField)<button class="quiet" id="sync-\(id)" type="submit" aria-label="Look at \(name) now">Look now</button></form>
            <form method="post" action="\(path)/\(id)/pause">\(visitor.formField)<input type="hidden" name="paused" value="\(source.sync.isPaused ? "false" : "true")">\
            <button class="quiet" id="pause-\(id)" type="submit" aria-label="\(source.sync.isPaused ? "Resume" : "Pause") \(name)">\(source.sync.isPaused ? "Resume" : "Pause")</button></form>
            </div></td>
            """ : nil
        return """
            <tr>
            <td data-label="Source"><div>\(ConsoleParts.address(source.settings.rootURL))<small>\(source.settings.kind.rawValue) · <a href="/console/documentation/\(source.documentation.description)">\(name)</a></small></div></td>
            <td data-label="State"><div>\(ConsoleParts.state(source.sync.state))\(fault)</div></td>
            <td data-label="Looks">\(timing)</td>
            <td data-label="Last look">\(ConsoleParts.time(source.sync.polledAt))</td>
            \(actions)
            </tr>
            """
    }
}
