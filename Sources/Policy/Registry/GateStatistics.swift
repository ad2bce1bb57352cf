import Primitives

/// The figures of one gate since the start of the process.
package struct GateStatistics: Sendable, Hashable {
    /// Decisions in all.
    package private(set) var invocations = 0
    /// Decisions that let the input pass.
    package private(set) var passes = 0
    /// Rejections by code.
    package private(set) var rejections: [Rejection.Code: Int] = [:]
    /// Shortest decision.
    package private(set) var minimum = Duration.zero
    /// Longest decision.
    package private(set) var maximum = Duration.zero
    /// All decisions together.
    package private(set) var total = Duration.zero
    /// Decisions by duration, not cumulative: one count for each of ``bounds``, and one for what is longer.
    package private(set) var buckets = [Int](repeating: 0, count: bounds.count + 1)
    /// The latest decisions, in no order.
    private var latest: [Duration] = []

    /// Upper bounds of ``buckets``.
    package static let bounds: [Duration] = [100, 500, 1000, 2500, 5000, 10_000, 50_000].map { .microseconds($0) }
    /// How many decisions the percentiles are taken from.
    package static let window = 512

    /// Decisions that stopped the input.
    package var rejects: Int { invocations - passes }

    /// The duration that `share` of the latest ``window`` decisions did not exceed; zero without any. `share` is above 0 and at most 1.
    package func percentile(_ share: Double) -> Duration {
        guard !latest.isEmpty else { return .zero }
        let rank = Int((share * Double(latest.count)).rounded(.up))
        return latest.sorted()[min(max(rank, 1), latest.count) - 1]
    }

    mutating func record(_ rejection: Rejection?, took duration: Duration) {
        minimum = invocations == 0 ? duration : min(minimum, duration)
        maximum = max(maximum, duration)
        total += duration
        if latest.count < Self.window { latest.append(duration) } else { latest[invocations % Self.window] = duration }
        invocations += 1
        if let rejection { rejections[rejection.code, default: 0] += 1 } else { passes += 1 }
        buckets[Self.bounds.firstIndex { duration <= $0 } ?? Self.bounds.count] += 1
    }
}
