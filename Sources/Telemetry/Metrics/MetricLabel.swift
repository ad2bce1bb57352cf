/// A label of a metric, with a bound on its values so that the number of series cannot grow with the input.
package struct MetricLabel: Sendable, Hashable {
    /// The value that stands for every value outside the bound.
    package static let other = "other"

    /// The label's name: lower case, digits and underscores.
    package let name: String
    /// The values that may occur, or nil when the metric's series limit is the bound.
    package let allowed: [String]?

    /// A label that takes one of `values`; anything else is written as `other`.
    static func closed(_ name: String, _ values: [String]) -> MetricLabel { MetricLabel(name: name, allowed: values) }

    /// A label whose values come from a small set that the code does not list here, such as route templates.
    static func open(_ name: String) -> MetricLabel { MetricLabel(name: name, allowed: nil) }

    /// The value that is kept for `value`.
    func bounded(_ value: String) -> String {
        guard let allowed else { return value.isEmpty ? Self.other : value }
        return allowed.contains(value) ? value : Self.other
    }
}
