package import FoundationEssentials

/// When a source is looked at without anybody asking.
package enum SourceTiming: Sendable, Hashable {
    /// Only when a person or a webhook asks.
    case onRequest
    /// So many seconds after the last look, 10 to 2,592,000.
    case every(seconds: Int)
    case cron(CronSchedule)

    package static let secondsRange = 10...2_592_000

    /// When to look next after `date`; nil when nobody has to.
    package func next(after date: Date) -> Date? {
        switch self {
        case .onRequest: nil
        case .every(let seconds): date.addingTimeInterval(Double(seconds))
        case .cron(let schedule): schedule.next(after: date)
        }
    }
}

/// What a source does at the moment.
package enum SourceState: String, Sendable, Hashable, CaseIterable {
    /// Waits for its next look.
    case idle = "IDLE"
    /// A job of it is not finished.
    case running = "RUNNING"
    /// An operator has paused it: webhooks are remembered, nothing is looked at.
    case paused = "PAUSED"
    /// The last look or job failed in a way that may pass: it is tried again, with growing pauses.
    case degraded = "DEGRADED"
    /// The last look failed in a way that somebody has to mend, such as a credential that expired.
    case error = "ERROR"
}

/// How a source is kept up to date.
package struct SourceSync: Sendable {
    package var state: SourceState
    package var timing: SourceTiming
    package var isPaused: Bool
    /// The state of the source as of the last job that was queued for it.
    package var cursor: String?
    /// Whether somebody asked for a look that has not happened yet.
    package var isRequested: Bool
    package var nextPollAt: Date?
    package var polledAt: Date?
    /// Why the state is DEGRADED or ERROR.
    package var fault: Fault?
    /// Webhooks that were about it.
    package var received: Int
    /// Jobs that looks and webhooks queued.
    package var queued: Int
    /// Looks that failed.
    package var errors: Int

    package init(
        state: SourceState = .idle, timing: SourceTiming = .onRequest, isPaused: Bool = false, cursor: String? = nil,
        isRequested: Bool = false, nextPollAt: Date? = nil, polledAt: Date? = nil, fault: Fault? = nil, received: Int = 0,
        queued: Int = 0, errors: Int = 0
    ) {
        (self.state, self.timing, self.isPaused, self.cursor) = (state, timing, isPaused, cursor)
        (self.isRequested, self.nextPollAt, self.polledAt, self.fault) = (isRequested, nextPollAt, polledAt, fault)
        (self.received, self.queued, self.errors) = (received, queued, errors)
    }
}
