/// Where a job is in the pipeline. FAILED and STOPPED are final, as is COMPLETED; a retry by hand is a new job.
package enum JobStatus: String, Sendable, Hashable, CaseIterable {
    case pending = "PENDING"
    case crawling = "CRAWLING"
    case parsing = "PARSING"
    case embedding = "EMBEDDING"
    case indexing = "INDEXING"
    case completed = "COMPLETED"
    case failed = "FAILED"
    case stopped = "STOPPED"

    /// Whether no further transition is allowed.
    package var isFinal: Bool { self == .completed || self == .failed || self == .stopped }

    /// Progress in percent on entering the state; nil for FAILED and STOPPED, which keep what they had.
    package var percentOnEntry: Int? {
        switch self {
        case .pending: 0
        case .crawling: 10
        case .parsing: 40
        case .embedding: 60
        case .indexing: 90
        case .completed: 100
        case .failed, .stopped: nil
        }
    }

    private var order: Int {
        switch self {
        case .pending: 0
        case .crawling: 1
        case .parsing: 2
        case .embedding: 3
        case .indexing: 4
        case .completed, .failed, .stopped: 5
        }
    }

    /// Whether a job may go from this state to `next`: forward only, one stage at a time, and from any open state to FAILED or STOPPED.
    package func mayBecome(_ next: JobStatus) -> Bool {
        if isFinal { return false }
        switch next {
        case .failed, .stopped: return true
        case .completed: return self == .indexing
        default: return next.order == order + 1
        }
    }

    /// The states from which `next` may be entered.
    package static func predecessors(of next: JobStatus) -> [JobStatus] { allCases.filter { $0.mayBecome(next) } }
}
