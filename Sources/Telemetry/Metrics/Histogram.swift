import FoundationEssentials
import Primitives

/// Observations counted into buckets, with the latest traced observation of each bucket as its exemplar.
package final class Histogram: MetricSeries {
    package static let kind = MetricDescriptor.Kind.histogram

    private struct State {
        var counts: [UInt64]
        var sum = 0.0
        var exemplars: [Exemplar?]
    }

    private let bounds: [Double]
    private let state: Locked<State>

    package init(descriptor: MetricDescriptor) {
        bounds = descriptor.buckets
        let size = bounds.count + 1
        state = Locked(State(counts: Array(repeating: 0, count: size), exemplars: Array(repeating: nil, count: size)))
    }

    /// How many observations there were.
    package var count: Int { state.withLock { Int($0.counts.reduce(0, +)) } }

    /// The sum of all observations, in the metric's unit.
    package var sum: Double { state.withLock { $0.sum } }

    /// Counts `value`, in the metric's unit; values that are not finite are ignored.
    ///
    /// - Parameter trace: the sampled trace that the observation belongs to; it becomes the exemplar of its bucket.
    package func observe(_ value: Double, trace: TraceContext? = nil) {
        guard value.isFinite else { return }
        let index = bounds.firstIndex { value <= $0 } ?? bounds.count
        let exemplar = trace.flatMap { $0.isSampled ? Exemplar(traceID: $0.traceID, value: value, time: Date()) : nil }
        state.withLock { state in
            state.counts[index] += 1
            state.sum += value
            if let exemplar { state.exemplars[index] = exemplar }
        }
    }

    /// Counts `duration` in seconds.
    package func observe(_ duration: Duration, trace: TraceContext? = nil) { observe(duration.seconds, trace: trace) }

    /// Takes over what another component counted: one count for each bucket and one beyond the last, not cumulative, and the sum of all
    /// observations in the metric's unit. A wrong number of counts is a programming error and traps.
    package func advance(to counts: [Int], sum: Double) {
        state.withLock { state in
            precondition(counts.count == state.counts.count, "a histogram of \(state.counts.count) buckets got \(counts.count) counts")
            state.counts = counts.map { UInt64(max($0, 0)) }
            state.sum = sum
        }
    }

    package func render(_ descriptor: MetricDescriptor, labels: String, into page: inout ExpositionPage) {
        let state = state.withLock { $0 }
        let prefix = labels.isEmpty ? "" : labels + ","
        var cumulative: UInt64 = 0
        for (index, count) in state.counts.enumerated() {
            cumulative += count
            let bound = index < bounds.count ? ExpositionPage.bound(bounds[index]) : "+Inf"
            page.sample(
                "\(descriptor.name)_bucket", labels: "\(prefix)le=\"\(bound)\"", value: Double(cumulative),
                exemplar: state.exemplars[index])
        }
        page.sample("\(descriptor.name)_sum", labels: labels, value: state.sum)
        page.sample("\(descriptor.name)_count", labels: labels, value: Double(cumulative))
    }
}
