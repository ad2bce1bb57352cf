import Primitives

/// Bounds retries as a share of the calls, so that an ill dependency is not buried under them. Shared by the callers of one dependency.
package final class RetryBudget: Sendable {
    private let balance: Locked<Double>
    private let share: Double
    private let capacity: Double

    /// - Parameters:
    ///   - share: retries earned by each call that succeeds, from 0 to 1.
    ///   - capacity: retries that can be saved up; the budget begins full.
    package init(share: Double = 0.2, capacity: Int = 10) {
        self.share = min(max(share, 0), 1)
        self.capacity = Double(max(0, capacity))
        balance = Locked(self.capacity)
    }

    /// A call succeeded.
    package func earn() { balance.withLock { $0 = min(capacity, $0 + share) } }

    /// Takes one retry; false when none is left.
    package func spend() -> Bool {
        balance.withLock { balance in
            guard balance >= 1 else { return false }
            balance -= 1
            return true
        }
    }
}
