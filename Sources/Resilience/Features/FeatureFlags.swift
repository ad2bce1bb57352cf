import Primitives

/// The switches of a process: read often, replaced as a whole when the file changes.
package final class FeatureFlags: Sendable {
    /// For whom a decision is made: the caller of the request that the current task works for; empty outside of requests.
    @TaskLocal package static var subject = ""

    private let rules: Locked<[Feature: FeatureRule]>
    private let onDecision: @Sendable (Feature, Bool) -> Void

    /// - Parameters:
    ///   - rules: features without one are as they are by default.
    ///   - onDecision: hears of each decision.
    package init(_ rules: [Feature: FeatureRule] = [:], onDecision: @escaping @Sendable (Feature, Bool) -> Void = { _, _ in }) {
        self.rules = Locked(rules)
        self.onDecision = onDecision
    }

    /// The rule in force.
    package func rule(_ feature: Feature) -> FeatureRule {
        rules.withLock { $0[feature] } ?? FeatureRule(isEnabled: feature.isOnByDefault)
    }

    /// Whether `feature` is on for the current subject.
    package func isOn(_ feature: Feature) -> Bool {
        let isOn = rule(feature).isOn(feature, for: Self.subject)
        onDecision(feature, isOn)
        return isOn
    }

    /// Replaces all rules.
    package func replace(_ rules: [Feature: FeatureRule]) { self.rules.withLock { $0 = rules } }
}
