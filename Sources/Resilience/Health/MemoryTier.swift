/// How much memory is left, in four steps, and what each of them lets callers ask for.
package enum MemoryTier: Int, Sendable, Hashable, CaseIterable, Comparable {
    case normal = 1, constrained, critical, failover

    /// The name in answers, metrics and messages.
    package var name: String {
        switch self {
        case .normal: "normal"
        case .constrained: "constrained"
        case .critical: "critical"
        case .failover: "failover"
        }
    }

    /// Results that one search may have; nil when there is no bound beside the caller's.
    package var resultLimit: Int? {
        switch self {
        case .normal: nil
        case .constrained: 3
        case .critical: 1
        case .failover: 0
        }
    }

    /// Tokens that the text of one answer may have: the characters of the table, four to a token; nil when there is no bound.
    package var tokenLimit: Int? {
        switch self {
        case .normal: nil
        case .constrained: 300
        case .critical: 125
        case .failover: 0
        }
    }

    /// Whether new jobs may begin.
    package var takesWork: Bool { self < .critical }

    /// Whether anything may be written for callers.
    package var isReadOnly: Bool { self == .failover }

    package static func < (left: MemoryTier, right: MemoryTier) -> Bool { left.rawValue < right.rawValue }
}

/// Decides on the tier from readings of the memory, as a value.
///
/// It rises with the first reading above a bound. It falls one step at a time, after several readings that are well below, so that it does not
/// swing around a bound.
package struct MemoryTierMachine: Sendable {
    /// Where tiers begin, as shares of the memory, rising.
    package struct Bounds: Sendable, Hashable {
        package var constrained = 0.85
        package var critical = 0.92
        package var failover = 0.97
        /// A reading this far below a tier's beginning speaks for the tier below.
        package var relief = 0.03
        /// Such readings in a row before the tier falls, at least 1.
        package var calmReadings = 3

        /// 85, 92 and 97 percent; three readings that are three points lower.
        package init() {}

        fileprivate func start(of tier: MemoryTier) -> Double {
            switch tier {
            case .normal: 0
            case .constrained: constrained
            case .critical: critical
            case .failover: failover
            }
        }
    }

    package private(set) var tier = MemoryTier.normal
    private let bounds: Bounds
    private var calm = 0

    /// Begins with the normal tier.
    package init(bounds: Bounds = Bounds()) { self.bounds = bounds }

    /// Takes a reading into account.
    /// - Parameter usage: used memory to all, from 0 to 1; what is no number is ignored.
    /// - Returns: whether the tier changed.
    package mutating func observe(_ usage: Double) -> Bool {
        guard usage.isFinite else { return false }
        let asked = MemoryTier.allCases.last { usage >= bounds.start(of: $0) } ?? .normal
        if asked > tier {
            (tier, calm) = (asked, 0)
            return true
        }
        guard tier > .normal, usage < bounds.start(of: tier) - bounds.relief else {
            calm = 0
            return false
        }
        calm += 1
        guard calm >= max(1, bounds.calmReadings), let lower = MemoryTier(rawValue: tier.rawValue - 1) else { return false }
        (tier, calm) = (lower, 0)
        return true
    }
}
