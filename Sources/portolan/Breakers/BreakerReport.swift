import APIModel

/// Circuits as rows.
enum BreakerReport {
    /// One line for each of `breakers`, under headings.
    static func table(_ breakers: [BreakerDetail]) -> String {
        var table = TextTable([.text("NAME"), .text("STATE"), .text("FAILURES"), .text("PROBES IN"), .text("LAST CHANGE (UTC)")])
        for breaker in breakers {
            let state = breaker.forced ? "\(breaker.state), by hand" : breaker.shared ? breaker.state : "\(breaker.state), this process"
            table.add([
                breaker.name, state, "\(breaker.failures)", breaker.retryAfterSeconds.map { "\($0) s" } ?? "",
                breaker.changes.last.map { "\($0.from) to \($0.to), \(Figures.text(of: $0.at))" } ?? "",
            ])
        }
        return table.text
    }
}
