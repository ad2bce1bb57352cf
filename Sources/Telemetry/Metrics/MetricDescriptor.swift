/// What a metric is, said once: the documentation, the dashboards and the alert rules are checked against it.
package struct MetricDescriptor: Sendable, Hashable {
    /// How the samples of a metric behave over time.
    package enum Kind: String, Sendable, Hashable {
        /// Only grows while the process lives.
        case counter
        /// Goes up and down.
        case gauge
        /// Observations counted into cumulative buckets.
        case histogram
    }

    /// The unit of the samples; always a base unit, and always the end of the name (before `_total`).
    package enum Unit: String, Sendable, Hashable {
        /// Seconds, fractions included.
        case seconds
        /// Bytes.
        case bytes
    }

    /// The name on the wire, with the prefix `portolan_`; a counter's ends in `_total`.
    package let name: String
    /// How the samples behave.
    package let kind: Kind
    /// The unit, if the samples have one.
    package let unit: Unit?
    /// One line for `# HELP`.
    package let help: String
    /// The labels, in the order in which call sites give their values.
    package let labels: [MetricLabel]
    /// Upper bounds of the histogram's buckets, ascending, without infinity; empty for other kinds.
    package let buckets: [Double]
    /// How many label sets with open labels are kept; those beyond it are counted under `other`.
    package let seriesLimit: Int

    init(
        name: String, kind: Kind, unit: Unit?, help: String, labels: [MetricLabel], buckets: [Double] = [], seriesLimit: Int = 500
    ) {
        (self.name, self.kind, self.unit, self.help) = (name, kind, unit, help)
        (self.labels, self.buckets, self.seriesLimit) = (labels, buckets, seriesLimit)
    }

    /// The name of the OpenMetrics family: a counter's family does not carry the `_total` of its sample.
    var familyName: String { kind == .counter ? String(name.dropLast("_total".count)) : name }
}
