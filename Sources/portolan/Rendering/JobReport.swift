import APIModel
import FoundationEssentials

/// Jobs as tables and lists of facts.
enum JobReport {
    /// One line for each job.
    static func table(_ jobs: [JobDetail]) -> String {
        var table = TextTable([
            .text("JOB"), .text("STATUS"), .number("%"), .number("PAGES"), .number("CHANGED"), .text("LIBRARY"), .text("VERSION"),
            .text("CREATED (UTC)"), .text("URL"),
        ])
        for job in jobs {
            table.add([
                job.id, job.status.rawValue, "\(job.progressPercent)", "\(job.pagesProcessed)", "\(job.sectionsChanged)", job.library,
                job.version, Figures.text(of: job.createdAt), job.webURL,
            ])
        }
        return table.text
    }

    /// Everything about one job but its pages: state, counts, stage timings in the order of the stages, error.
    static func facts(_ job: JobDetail) -> String {
        var pairs = [
            ("Job", job.id), ("Documentation", job.documentationID), ("Library", "\(job.library) \(job.version)"), ("URL", job.webURL),
            ("Status", "\(job.status.rawValue) \(job.progressPercent) %\(job.stopRequested && !job.status.isFinal ? ", stopping" : "")"),
            ("Pages", pages(job)),
            ("Sections", "\(job.sectionsChanged) changed, \(job.sectionsUnchanged) unchanged, \(job.sectionsDeleted) deleted"),
            ("Vectors", "\(job.chunksEmbedded) computed, \(job.chunksReused) reused"),
            ("Created", Figures.text(of: job.createdAt) + " UTC"),
        ]
        if let priority = job.priority { pairs.append(("Priority", priority.rawValue)) }
        if job.pagesHeldBack > 0 {
            pairs.append(
                ("Held back", "\(Figures.count(job.pagesHeldBack, "page")) gone; the next complete run or --allow-mass-delete deletes them")
            )
        }
        if let start = job.startedAt { pairs.append(("Started", Figures.text(of: start) + " UTC")) }
        if let end = job.finishedAt {
            let seconds = job.startedAt.map { ", \(Figures.fixed(end.timeIntervalSince($0), digits: 1)) s after the start" } ?? ""
            pairs.append(("Finished", Figures.text(of: end) + " UTC\(seconds)"))
        }
        if !job.stageTimings.isEmpty { pairs.append(("Stages", timings(job))) }
        if let ready = job.readyForQueries { pairs.append(("Ready", ready ? "yes" : "no; see 'portolan ingest report \(job.id)'")) }
        if let retry = job.retryOf { pairs.append(("Retry of", retry)) }
        pairs.append(("Correlation", job.correlationID))
        if let error = job.error { pairs.append(("Error", "\(error.message) (\(error.code))\(error.hint.map { " \($0)" } ?? "")")) }
        return TextTable.pairs(pairs)
    }

    /// What became of each address.
    static func outcomes(_ pages: [PageOutcome]) -> String {
        var table = TextTable([.text("OUTCOME"), .text("REASON"), .number("STATUS"), .number("DEPTH"), .text("URL")])
        for page in pages {
            table.add([page.outcome, page.reason ?? "", page.status.map { "\($0)" } ?? "", "\(page.depth)", page.url])
        }
        return table.text
    }

    private static func pages(_ job: JobDetail) -> String {
        let outcomes = job.pagesByOutcome.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
        return outcomes.isEmpty ? "\(job.pagesProcessed)" : "\(job.pagesProcessed) (\(outcomes.joined(separator: ", ")))"
    }

    private static func timings(_ job: JobDetail) -> String {
        let order = JobState.allCases.map { $0.rawValue.lowercased() }
        func rank(_ name: String) -> Int { order.firstIndex(of: name.lowercased()) ?? order.count }
        return job.stageTimings.sorted { (rank($0.key), $0.key) < (rank($1.key), $1.key) }
            .map { "\($0.key.lowercased()) \(Figures.fixed($0.value, digits: 1)) s" }.joined(separator: ", ")
    }
}
