import Primitives

/// All series of one metric. Label values are checked, bounded and rendered once, when a series is created.
package final class MetricFamily<Series: MetricSeries>: RenderedFamily {
    private struct Entry {
        let series: Series
        let labels: String
    }

    private struct State {
        var entries: [[String]: Entry] = [:]
        var openSeries = 0
        var overflowed = 0
    }

    package let descriptor: MetricDescriptor
    private let hasOpenLabels: Bool
    private let state: Locked<State>

    init(_ descriptor: MetricDescriptor) {
        self.descriptor = descriptor
        hasOpenLabels = descriptor.labels.contains { $0.allowed == nil }
        var state = State()
        // A counter that exists from the start shows its first increment as an increase, which alert rules need.
        if Series.kind == .counter || descriptor.labels.isEmpty {
            for values in Self.knownSets(of: descriptor) { state.entries[values] = Self.entry(descriptor, values) }
        }
        self.state = Locked(state)
    }

    /// The series for `values`, one for each label in the order of the descriptor; created on first use and never removed by this call.
    ///
    /// Values outside a closed label, and open values beyond the metric's series limit, become `other`. Keep the result where the values
    /// are fixed: each call costs a lock and a dictionary look-up. A wrong number of values is a programming error and traps.
    package func series(_ values: [String]) -> Series {
        precondition(values.count == descriptor.labels.count, "\(descriptor.name) has \(descriptor.labels.count) labels")
        return state.withLock { state in
            if let entry = state.entries[values] { return entry.series }
            var key = zip(descriptor.labels, values).map { $0.bounded($1) }
            if let entry = state.entries[key] { return entry.series }
            if hasOpenLabels {
                if state.openSeries >= descriptor.seriesLimit {
                    state.overflowed += 1
                    key = zip(descriptor.labels, key).map { label, value in label.allowed == nil ? MetricLabel.other : value }
                    if let entry = state.entries[key] { return entry.series }
                }
                state.openSeries += 1
            }
            let entry = Self.entry(descriptor, key)
            state.entries[key] = entry
            return entry.series
        }
    }

    /// How many series exist.
    package var count: Int { state.withLock { $0.entries.count } }

    /// How often a label set was beyond the series limit.
    package var overflowed: Int { state.withLock { $0.overflowed } }

    /// Forgets all series, for gauges whose label sets are listed anew at each scrape.
    package func removeAll() {
        state.withLock { state in
            state.entries = [:]
            state.openSeries = 0
        }
    }

    package func render(into page: inout ExpositionPage) {
        let entries = state.withLock { Array($0.entries.values) }
        guard !entries.isEmpty else { return }
        page.header(descriptor)
        for entry in entries.sorted(by: { $0.labels < $1.labels }) {
            entry.series.render(descriptor, labels: entry.labels, into: &page)
        }
    }

    private static func entry(_ descriptor: MetricDescriptor, _ values: [String]) -> Entry {
        let labels = zip(descriptor.labels, values).map { "\($0.name)=\"\(ExpositionPage.escapedLabel($1))\"" }.joined(separator: ",")
        return Entry(series: Series(descriptor: descriptor), labels: labels)
    }

    private static func knownSets(of descriptor: MetricDescriptor) -> [[String]] {
        var sets: [[String]] = [[]]
        for label in descriptor.labels {
            guard let allowed = label.allowed else { return [] }
            sets = sets.flatMap { set in allowed.map { set + [$0] } }
        }
        return sets
    }
}

/// The part of a family that the registry needs, whatever its kind.
package protocol RenderedFamily: Sendable {
    /// What the metric is.
    var descriptor: MetricDescriptor { get }
    /// How often a label set was beyond the series limit.
    var overflowed: Int { get }
    /// Writes header and samples; nothing when there is no series.
    func render(into page: inout ExpositionPage)
}
