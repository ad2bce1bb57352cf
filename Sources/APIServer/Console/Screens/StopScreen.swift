import Domain

/// Asks before a job is stopped.
struct StopScreen: Sendable {
    let console: Console

    var routes: [Route] {
        [
            console.screen("/console/jobs/{id}/stop", .ingest) { call, visitor in try await page(call, visitor) },
            console.action("/console/jobs/{id}/stop", .ingest) { call, _, _ in
                let id: JobID = try call.identifier("job")
                guard try await console.jobs.requestStop(id, access: call.access) != nil else {
                    throw Fault.notFound("job", id.description)
                }
                return Console.found("/console/jobs/\(id)?notice=stopped")
            },
        ]
    }

    private func page(_ call: Call, _ visitor: ConsoleVisitor) async throws -> ConsolePage {
        let id: JobID = try call.identifier("job")
        guard let job = try await console.jobs.job(id, access: call.access) else { throw Fault.notFound("job", id.description) }
        return ConsolePage(
            title: "Stop a job", place: .jobs, visitor: visitor,
            content: """
                <div class="card narrow">
                <h1>Stop this job?</h1>
                <p>\(job.settings.rootURL)</p>
                <p class="hint">What was published before stays as it is. A stopped job does not go on: start a new one instead.</p>
                <form method="post" action="/console/jobs/\(id.description)/stop">
                \(visitor.formField)
                <div class="actions"><button class="danger" type="submit">Stop the job</button>
                <a class="button quiet" href="/console/jobs/\(id.description)">Keep it running</a></div>
                </form>
                </div>
                """)
    }
}
