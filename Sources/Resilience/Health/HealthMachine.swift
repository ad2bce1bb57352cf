/// The rules by which the state of one component follows from its checks, as a value.
///
/// One failure may be chance and makes a component degraded; the second in a row makes it unhealthy. A good answer that took long is
/// degraded too. One good answer is enough to be healthy again.
package struct HealthMachine: Sendable {
    package typealias Instant = ContinuousClock.Instant

    /// The state of a component; the raw values are those of `/health`.
    package enum Status: String, Sendable, Hashable, CaseIterable { case healthy, degraded, unhealthy, unknown }

    /// What a check found.
    package enum Finding: Sendable, Hashable {
        /// It answered after this time.
        case answered(Duration)
        /// It did not, or not in time.
        case failed
    }

    /// When a component counts as what.
    package struct Rules: Sendable, Hashable {
        /// Failures in a row that make a component unhealthy, at least 1.
        package var failures = 2
        /// An answer that takes longer makes it degraded.
        package var slow: Duration = .seconds(1)

        /// Two failures; slow after a second.
        package init() {}
    }

    /// One change of state.
    package struct Change: Sendable, Hashable {
        package let from: Status
        package let to: Status
        package let at: Instant

        /// A change with these values.
        package init(from: Status, to: Status, at: Instant) { (self.from, self.to, self.at) = (from, to, at) }
    }

    /// Changes that are kept.
    package static let historyLimit = 50

    package private(set) var status = Status.unknown
    /// Failures in a row up to now.
    package private(set) var failures = 0
    /// The last changes, oldest first.
    package private(set) var history: [Change] = []
    private let rules: Rules

    /// Nothing is known yet.
    package init(rules: Rules = Rules()) { self.rules = rules }

    /// Takes a finding into account.
    /// - Returns: the change that it made; nil when the state is as it was.
    package mutating func observe(_ finding: Finding, at now: Instant) -> Change? {
        let next: Status
        switch finding {
        case .answered(let time):
            failures = 0
            next = time > rules.slow ? .degraded : .healthy
        case .failed:
            failures += 1
            next = failures >= rules.failures ? .unhealthy : .degraded
        }
        guard next != status else { return nil }
        let change = Change(from: status, to: next, at: now)
        history.append(change)
        if history.count > Self.historyLimit { history.removeFirst() }
        status = next
        return change
    }
}
