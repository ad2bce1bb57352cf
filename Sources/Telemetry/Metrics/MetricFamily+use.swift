extension MetricFamily<Counter> {
    /// Adds `count` to the series for `labels`.
    package func increment(_ labels: String..., by count: Int = 1) { series(labels).increment(by: count) }

    /// Adds `amount`, in the metric's unit, to the series for `labels`.
    package func add(_ amount: Double, _ labels: String...) { series(labels).add(amount) }

    /// Raises the series for `labels` to a total that another component keeps.
    package func advance(to total: Int, _ labels: String...) { series(labels).advance(to: Double(total)) }

    /// Raises the series for `labels` to a total that another component keeps, in the metric's unit.
    package func advance(to total: Double, _ labels: String...) { series(labels).advance(to: total) }

    /// The total of the series for `labels`.
    package func value(_ labels: String...) -> Double { series(labels).value }
}

extension MetricFamily<Gauge> {
    /// Replaces the value of the series for `labels`.
    package func set(_ value: Double, _ labels: String...) { series(labels).set(value) }

    /// Replaces the value of the series for `labels`.
    package func set(_ value: Int, _ labels: String...) { series(labels).set(Double(value)) }

    /// Adds `amount`, which may be negative, to the series for `labels`.
    package func add(_ amount: Double, _ labels: String...) { series(labels).add(amount) }

    /// The value of the series for `labels`.
    package func value(_ labels: String...) -> Double { series(labels).value }
}

extension MetricFamily<Histogram> {
    /// Counts `value`, in the metric's unit, in the series for `labels`; `trace` becomes an exemplar when it is sampled.
    package func observe(_ value: Double, _ labels: String..., trace: TraceContext? = nil) { series(labels).observe(value, trace: trace) }

    /// Counts `duration` in seconds in the series for `labels`; `trace` becomes an exemplar when it is sampled.
    package func observe(_ duration: Duration, _ labels: String..., trace: TraceContext? = nil) {
        series(labels).observe(duration, trace: trace)
    }

    /// Gives the series for `labels` the counts that another component keeps: see ``Histogram/advance(to:sum:)``.
    package func advance(to counts: [Int], sum: Double, _ labels: String...) { series(labels).advance(to: counts, sum: sum) }

    /// How many observations the series for `labels` has.
    package func count(_ labels: String...) -> Int { series(labels).count }
}
