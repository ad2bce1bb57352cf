import APIModel

/// How far a job is, on one line.
struct ProgressLine: Sendable, Hashable {
    /// The job as it was last seen.
    let job: JobDetail

    /// Stage, percent, pages, sections and vectors, such as `crawling  10 %  3 pages  0 sections  0 vectors`.
    var plain: String { "\(stage)  \(percent) %  \(counts)" }

    /// The same with a bar, in at most `width` columns: the bar shrinks first, then the line is cut.
    func bar(width: Int) -> String {
        let (head, tail) = (PlainText.padded(stage, to: 9), "\(PlainText.padded("\(percent)", to: 3, atEnd: false)) %  \(counts)")
        let room = width - PlainText.columns(head) - PlainText.columns(tail) - 4
        guard room >= 5 else { return PlainText.cut(plain, to: width) }
        let cells = min(room, 30)
        let full = cells * percent / 100
        return "\(head) [\(String(repeating: "█", count: full))\(String(repeating: "·", count: cells - full))] \(tail)"
    }

    private var percent: Int { min(max(job.progressPercent, 0), 100) }

    private var stage: String { job.stopRequested && !job.status.isFinal ? "stopping" : job.status.rawValue.lowercased() }

    private var counts: String {
        [
            Figures.count(job.pagesProcessed, "page"), Figures.count(job.sectionsChanged + job.sectionsUnchanged, "section"),
            Figures.count(job.chunksEmbedded + job.chunksReused, "vector"),
        ].joined(separator: "  ")
    }
}
