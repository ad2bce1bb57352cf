import APIModel
import ArgumentParser
import FoundationEssentials

/// How far back a command looks: a moment, or a time before now.
struct TimeSpan: ExpressibleByArgument {
    private enum Start { case date(Date), ago(TimeInterval) }
    private let start: Start
    let defaultValueDescription: String

    /// The last 24 hours.
    static let day = TimeSpan(start: .ago(86_400), defaultValueDescription: "24h")

    private init(start: Start, defaultValueDescription: String) {
        (self.start, self.defaultValueDescription) = (start, defaultValueDescription)
    }

    /// `2026-01-31T12:00:00Z`, or a whole number with `s`, `m`, `h` or `d`.
    init?(argument: String) {
        defaultValueDescription = argument
        let units: [Character: Double] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        if let unit = argument.last.flatMap({ units[$0] }), let number = Int(argument.dropLast()), 1...1_000_000 ~= number {
            start = .ago(Double(number) * unit)
        } else if let date = WireJSON.date(of: argument) {
            start = .date(date)
        } else {
            return nil
        }
    }

    /// The moment itself.
    var date: Date {
        switch start {
        case .date(let date): date
        case .ago(let seconds): Date(timeIntervalSinceNow: -seconds)
        }
    }
}
