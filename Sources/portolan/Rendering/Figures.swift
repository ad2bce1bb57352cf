import APIModel
import FoundationEssentials

/// Numbers and dates as people read them.
enum Figures {
    /// `date` in UTC to the second, such as `2026-01-31 23:59:59`.
    static func text(of date: Date) -> String {
        String(WireJSON.text(of: date).prefix(19).map { $0 == "T" ? " " : $0 })
    }

    /// `value` with `digits` (0 to 6) digits behind the point.
    static func fixed(_ value: Double, digits: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "\(value)" }
        let power = (0..<digits).reduce(1) { power, _ in power * 10 }
        let scaled = Int((abs(value) * Double(power)).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard digits > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % power)
        return "\(sign)\(scaled / power).\(String(repeating: "0", count: digits - fraction.count))\(fraction)"
    }

    /// `count` with its noun, such as `1 page` and `2 pages`.
    static func count(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
