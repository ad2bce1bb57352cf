/// Decides what is done about a component that fails, as a value: after so many failures in a row an action, not again before its cooldown is
/// over, and only so many times in one outage.
package struct RecoveryMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// What can be done; the raw values are those of logs and metrics.
    package enum Action: String, Sendable, Hashable, CaseIterable {
        /// Idle connections are thrown away and made anew.
        case reconnectPool = "reconnect_pool"
        /// What was kept of the component's answers is forgotten.
        case clearCache = "clear_cache"
        /// The component's address and credentials are read again.
        case reloadConfig = "reload_config"
        /// No new work is begun until the component is healthy again.
        case pauseIntake = "pause_intake"
        /// A person is called.
        case manual
    }

    /// When an action is due.
    package struct Rule: Sendable, Hashable {
        package let component: String
        /// Failures in a row.
        package let failures: Int
        package let action: Action
        /// Least time between two runs of the action.
        package let cooldown: Duration
        /// Runs in one outage.
        package let attempts: Int
        /// Whether it is due when an outage that had come so far is over, and not while it lasts.
        package let isAfterwards: Bool

        /// A rule; every 300 s and three times unless said otherwise.
        package init(_ component: String, failures: Int, _ action: Action, cooldown: Duration = .seconds(300), attempts: Int = 3) {
            (self.component, self.failures, self.action) = (component, failures, action)
            (self.cooldown, self.attempts, isAfterwards) = (cooldown, attempts, false)
        }

        /// A rule for the moment after an outage of so many failures; once for each.
        package init(after component: String, failures: Int, _ action: Action) {
            (self.component, self.failures, self.action) = (component, failures, action)
            (cooldown, attempts, isAfterwards) = (.zero, 1, true)
        }
    }

    private struct Record: Sendable {
        var last: Instant?
        var runs = 0
        /// Failures of the outage so far.
        var worst = 0
    }

    private let rules: [Rule]
    private var records: [Rule: Record] = [:]

    /// - Parameter rules: in the order of their actions.
    package init(_ rules: [Rule]) { self.rules = rules }

    /// Says what is due after a check of `component`.
    ///
    /// - Parameter failures: in a row up to now; 0 ends the outage. The cooldown goes on over its end, so that a component that comes and goes
    ///   does not set off the same action again and again.
    package mutating func actions(for component: String, failures: Int, at now: Instant) -> [Action] {
        var due: [Action] = []
        for rule in rules where rule.component == component {
            var record = records[rule] ?? Record()
            if failures == 0 { record.runs = 0 }
            let isCool = record.last.map { $0.duration(to: now) >= rule.cooldown } ?? true
            let isTime = rule.isAfterwards ? failures == 0 && record.worst >= rule.failures : failures >= rule.failures
            if isTime, isCool, record.runs < rule.attempts {
                record.last = now
                record.runs += 1
                due.append(rule.action)
            }
            record.worst = failures
            records[rule] = record
        }
        return due
    }
}
