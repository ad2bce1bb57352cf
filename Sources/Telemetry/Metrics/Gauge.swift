import Synchronization

/// A number that goes up and down.
package final class Gauge: MetricSeries {
    package static let kind = MetricDescriptor.Kind.gauge

    private let bits = Atomic<UInt64>(Double.zero.bitPattern)

    package init(descriptor: MetricDescriptor) {}

    /// The present value.
    package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    /// Replaces the value.
    package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    /// Adds `amount`, which may be negative.
    package func add(_ amount: Double) {
        var current = bits.load(ordering: .relaxed)
        while true {
            let next = (Double(bitPattern: current) + amount).bitPattern
            let (exchanged, seen) = bits.weakCompareExchange(expected: current, desired: next, ordering: .relaxed)
            if exchanged { return }
            current = seen
        }
    }

    package func render(_ descriptor: MetricDescriptor, labels: String, into page: inout ExpositionPage) {
        page.sample(descriptor.name, labels: labels, value: value)
    }
}
