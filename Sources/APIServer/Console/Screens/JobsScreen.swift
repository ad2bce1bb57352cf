import APIModel
import Domain

/// The jobs, and one job with what became of its pages.
struct JobsScreen: Sendable {
    let console: Console

    private static let limit = 25

    var routes: [Route] {
        [
            console.screen("/console/jobs") { call, visitor in try await list(call, visitor) },
            console.screen("/console/jobs/{id}") { call, visitor in try await detail(call, visitor) },
        ]
    }

    private func list(_ call: Call, _ visitor: ConsoleVisitor) async throws -> ConsolePage {
        let offset = try call.query.integer("offset", in: Limits.offset, default: 0)
        // The choice for all is an empty value.
        let status = try call.query.text("status").flatMap { $0.isEmpty ? nil : $0 }.map { name in
            guard let status = JobStatus(rawValue: name) else { throw Fault.invalid(field: "status", "There is no such state.") }
            return status
        }
        let (found, total) = try await console.jobs.jobs(
            status: status, documentation: nil, limit: Self.limit, offset: offset, access: call.access)
        let isLive = found.contains { !$0.status.isFinal }
        let choices = JobStatus.allCases.map { choice -> HTML in
            "<option value=\"\(choice.rawValue)\"\(" selected", if: choice == status)>\(choice.rawValue)</option>"
        }
        let rows = found.map { job -> HTML in
            """
            <tr>
            <td data-label="Job"><div><a id="job-\(job.id.description)" href="/console/jobs/\(job.id.description)">\(job.settings.rootURL)</a><small>\(job.library) \(job.version)</small></div></td>
            <td data-label="State"><span>\(ConsoleParts.state(job.status))</span></td>
            <td data-label="Progress"><div>\(ConsoleParts.progress(job))</div></td>
            <td data-label="Accepted">\(ConsoleParts.time(job.createdAt))</td>
            </tr>
            """
        }
        let table: HTML =
            rows.isEmpty
            ? "<p class=\"empty\">There are no such jobs.</p>"
            : """
            <table>
            <thead><tr><th scope="col">Job</th><th scope="col">State</th><th scope="col">Progress</th><th scope="col">Accepted</th></tr></thead>
            <tbody>\(rows)</tbody>
            </table>
            """
        return ConsolePage(
            title: "Jobs", place: .jobs, visitor: visitor, isLive: isLive,
            content: """
                <h1>Jobs</h1>
                <p class="lead">Newest first; \(total) in all.</p>
                <section class="card" aria-label="Jobs">
                <form class="actions" method="get" action="/console/jobs">
                <div class="field"><label for="status">State</label>
                <select id="status" name="status"><option value="">All</option>\(choices)</select></div>
                <button class="quiet" type="submit">Filter</button>
                </form>
                <div id="jobs"\(" data-live", if: isLive)>\(table)</div>
                \(ConsoleParts.pages("/console/jobs", [("status", status?.rawValue ?? "")], offset: offset, limit: Self.limit, total: total))
                </section>
                """)
    }

    private func detail(_ call: Call, _ visitor: ConsoleVisitor) async throws -> ConsolePage {
        let id: JobID = try call.identifier("job")
        guard let job = try await console.jobs.job(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        let (outcomes, pages) = try await console.jobs.outcomes(id, outcome: nil, limit: 100, offset: 0, access: call.access)
        let isLive = !job.status.isFinal
        let notice: HTML? =
            switch try call.query.text("notice") {
            case "started": ConsoleParts.notice("The job was accepted.")
            case "stopped": ConsoleParts.notice("The job is asked to stop.", "warn")
            default: nil
            }
        let fault = job.fault.map { ConsoleParts.alert($0) }
        let stop: HTML? =
            isLive && visitor.mayIngest && !job.stopRequested
            ? "<a class=\"button danger\" id=\"stop\" href=\"/console/jobs/\(id.description)/stop\">Stop…</a>" : nil
        // In the order in which a job goes through them.
        let stages = JobStatus.allCases.compactMap { stage -> HTML? in
            job.stageSeconds[stage.rawValue.lowercased()].map {
                "<div><dt>\(stage.rawValue.prefix(1) + stage.rawValue.dropFirst().lowercased())</dt><dd>\(ConsoleParts.duration($0))</dd></div>"
            }
        }
        return ConsolePage(
            title: "Job", place: .jobs, visitor: visitor, isLive: isLive,
            content: """
                <p class="crumbs"><a href="/console/jobs">Jobs</a> /</p>
                <h1>\(job.settings.rootURL)</h1>
                <p class="lead">\(job.library) \(job.version) · <code>\(id.description)</code></p>
                \(notice)
                <div id="progress"\(" data-live", if: isLive)>
                \(fault)
                <section class="card" aria-label="Progress">
                <p role="status">\(ConsoleParts.state(job.status))\(" Stopping…", if: isLive && job.stopRequested)</p>
                \(ConsoleParts.progress(job))
                <dl class="facts big">
                <div><dt>Sections changed</dt><dd>\(job.counts.sectionsChanged)</dd></div>
                <div><dt>Sections unchanged</dt><dd>\(job.counts.sectionsUnchanged)</dd></div>
                <div><dt>Sections deleted</dt><dd>\(job.counts.sectionsDeleted)</dd></div>
                <div><dt>Chunks embedded</dt><dd>\(job.counts.chunksEmbedded)</dd></div>
                <div><dt>Chunks reused</dt><dd>\(job.counts.chunksReused)</dd></div>
                </dl>
                <div class="actions">\(stop)<a class="button quiet" href="/console/documentation/\(job.documentation.description)">Documentation</a></div>
                </section>
                <section class="card" aria-label="Times"><dl class="facts">
                <div><dt>Accepted</dt><dd>\(ConsoleParts.time(job.createdAt))</dd></div>
                <div><dt>Started</dt><dd>\(ConsoleParts.time(job.startedAt))</dd></div>
                <div><dt>Ended</dt><dd>\(ConsoleParts.time(job.finishedAt))</dd></div>
                \(stages)
                </dl></section>
                \(outcomes.isEmpty ? .empty : Self.table(outcomes, pages))
                </div>
                """)
    }

    private static func table(_ outcomes: [CrawlRecord], _ total: Int) -> HTML {
        let rows = outcomes.map { record -> HTML in
            let outcome = APIModel.PageOutcome(record)
            return """
                <tr><td data-label="Page"><span>\(outcome.url)</span></td><td data-label="Outcome"><div>\(outcome.outcome)<small>\(outcome.reason ?? "")</small></div></td>
                <td data-label="Status" class="number">\(outcome.status.map(String.init) ?? "–")</td></tr>
                """
        }
        return """
            <section class="card" aria-label="Pages">
            <table><caption>Pages <small>the first \(outcomes.count) of \(total)</small></caption>
            <thead><tr><th scope="col">Page</th><th scope="col">Outcome</th><th scope="col" class="number">Status</th></tr></thead>
            <tbody>\(rows)</tbody></table>
            </section>
            """
    }
}
