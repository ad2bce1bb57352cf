import Primitives

/// How long statements took, as counts by bound. Two of them from different moments tell about the time in between.
package struct LatencyCounts: Sendable, Hashable {
    /// Upper bounds in milliseconds, the bound itself included; what took longer than the last is counted behind it.
    private static let bounds: [Double] = [1, 2, 5, 10, 20, 50, 100, 150, 200, 300, 500, 1000, 2000, 5000, 10_000]

    private var counts = [UInt64](repeating: 0, count: Self.bounds.count + 1)

    package init() {}

    /// The number of statements.
    package var total: UInt64 { counts.reduce(0, +) }

    package mutating func record(_ duration: Duration) {
        let milliseconds = duration.seconds * 1000
        counts[Self.bounds.firstIndex { milliseconds <= $0 } ?? Self.bounds.count] += 1
    }

    /// What was recorded since `earlier`, an earlier state of these counts.
    package func since(_ earlier: LatencyCounts) -> LatencyCounts {
        var difference = self
        for index in counts.indices { difference.counts[index] -= min(counts[index], earlier.counts[index]) }
        return difference
    }

    /// The bound within which `share` of the statements ended, the largest bound for what took longer; nil when there were none.
    /// - Parameter share: from 0 to 1.
    package func bound(ofShare share: Double) -> Duration? {
        let total = total
        guard total > 0 else { return nil }
        let needed = max(1, (Double(total) * share).rounded(.up))
        var sum: UInt64 = 0
        for (index, count) in counts.enumerated() {
            sum += count
            if Double(sum) >= needed { return .milliseconds(Self.bounds[min(index, Self.bounds.count - 1)]) }
        }
        return nil
    }
}
