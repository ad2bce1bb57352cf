import APIModel

/// Decides what to write each time that a followed job was asked about: a bar drawn over itself, or plain lines that are not too many.
struct ProgressReport {
    /// The form of progress.
    enum Form {
        /// One line that is drawn over, of this many columns.
        case bar(width: Int)
        /// A line for each change of stage or percent, and one every ``interval`` while only counts change.
        case lines
        /// The API's JSON, when anything changed.
        case json
    }

    /// Least time between two plain lines that differ in counts only.
    static let interval: Duration = .seconds(5)

    private let form: Form
    private var last: (job: JobDetail, at: Duration)?

    init(_ form: Form) { self.form = form }

    /// What to write about `job`.
    ///
    /// - Parameter time: since the start of following.
    /// - Returns: empty when there is nothing to say.
    mutating func text(for job: JobDetail, at time: Duration) throws -> String {
        guard job != last?.job else { return "" }
        switch form {
        case .bar(let width):
            last = (job, time)
            // Carriage return and "erase to the end of the line": the new line may be shorter. The last column stays free, since some
            // terminals wrap there.
            return "\r\u{1B}[K\(ProgressLine(job: job).bar(width: width - 1))" + (job.status.isFinal ? "\n" : "")
        case .lines:
            if let last, last.job.status == job.status, last.job.progressPercent == job.progressPercent,
                last.job.stopRequested == job.stopRequested, time - last.at < Self.interval
            {
                return ""
            }
            last = (job, time)
            return ProgressLine(job: job).plain + "\n"
        case .json:
            last = (job, time)
            return try ClientSession.json(job)
        }
    }

    /// Ends the line that was drawn over, if there is one, so that the next text begins at the edge.
    mutating func interruption() -> String {
        guard case .bar = form, last?.job.status.isFinal == false else { return "" }
        last = nil
        return "\n"
    }
}
