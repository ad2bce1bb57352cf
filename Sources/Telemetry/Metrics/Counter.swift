import Synchronization

/// A number that only grows. Whole steps cost one atomic addition.
package final class Counter: MetricSeries {
    package static let kind = MetricDescriptor.Kind.counter

    private let whole = Atomic<UInt64>(0)
    private let fraction = Atomic<UInt64>(Double.zero.bitPattern)

    package init(descriptor: MetricDescriptor) {}

    /// The total so far.
    package var value: Double {
        Double(whole.load(ordering: .relaxed)) + Double(bitPattern: fraction.load(ordering: .relaxed))
    }

    /// Adds `count`; negative counts are ignored.
    package func increment(by count: Int = 1) {
        guard count > 0 else { return }
        whole.wrappingAdd(UInt64(count), ordering: .relaxed)
    }

    /// Adds `amount` in the metric's unit; negative and non-finite amounts are ignored.
    package func add(_ amount: Double) {
        guard amount > 0, amount.isFinite else { return }
        var current = fraction.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, seen) = fraction.weakCompareExchange(expected: current, desired: next, ordering: .relaxed)
            if exchanged { return }
            current = seen
        }
    }

    /// Raises the total to `total`, for counts that another component keeps; a smaller total is ignored. Not to be mixed with `increment`.
    package func advance(to total: Double) {
        guard total.isFinite else { return }
        var current = fraction.load(ordering: .relaxed)
        while Double(bitPattern: current) < total {
            let (exchanged, seen) = fraction.weakCompareExchange(expected: current, desired: total.bitPattern, ordering: .relaxed)
            if exchanged { return }
            current = seen
        }
    }

    package func render(_ descriptor: MetricDescriptor, labels: String, into page: inout ExpositionPage) {
        page.sample(descriptor.name, labels: labels, value: value)
    }
}
