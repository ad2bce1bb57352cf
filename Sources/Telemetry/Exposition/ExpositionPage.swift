import FoundationEssentials

/// A page of samples in the making.
///
/// Formats: https://prometheus.io/docs/instrumenting/exposition_formats and
/// https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
package struct ExpositionPage: Sendable {
    let format: ExpositionFormat
    private var text = ""

    init(format: ExpositionFormat) { self.format = format }

    mutating func header(_ descriptor: MetricDescriptor) {
        let name = format == .openMetrics ? descriptor.familyName : descriptor.name
        text += "# HELP \(name) \(format == .openMetrics ? Self.escapedLabel(descriptor.help) : Self.escapedHelp(descriptor.help))\n"
        text += "# TYPE \(name) \(descriptor.kind.rawValue)\n"
        if format == .openMetrics, let unit = descriptor.unit { text += "# UNIT \(name) \(unit.rawValue)\n" }
    }

    mutating func sample(_ name: String, labels: String, value: Double, exemplar: Exemplar? = nil) {
        text += name
        if !labels.isEmpty { text += "{\(labels)}" }
        text += " \(Self.number(value))"
        if format == .openMetrics, let exemplar {
            let time = (exemplar.time.timeIntervalSince1970 * 1000).rounded() / 1000
            text += " # {trace_id=\"\(exemplar.traceID)\"} \(Self.number(exemplar.value)) \(Self.number(time))"
        }
        text += "\n"
    }

    consuming func finished() -> String { format == .openMetrics ? text + "# EOF\n" : text }

    /// A sample value: whole numbers without a fraction, infinities and not-a-number as both formats spell them.
    static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        return value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : value.description
    }

    /// A bucket's bound: OpenMetrics wants a fraction in it, and one spelling in both formats keeps the series together.
    static func bound(_ value: Double) -> String { value.description }

    static func escapedLabel(_ text: String) -> String {
        guard text.utf8.contains(where: { $0 == 0x5C || $0 == 0x22 || $0 == 0x0A }) else { return text }
        return text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }

    static func escapedHelp(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\n", with: "\\n")
    }
}
