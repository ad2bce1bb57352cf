import Glibc

extension Duration {
    /// The duration in milliseconds.
    var milliseconds: Double { Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15 }
}

extension [Double] {
    /// The nearest-rank percentile: the smallest value that at least `share` of the values do not exceed; 0 when there are none.
    func percentile(_ share: Double) -> Double {
        let sorted = sorted()
        return sorted.isEmpty ? 0 : sorted[Swift.max(0, Swift.min(Int((Double(count) * share).rounded(.up)) - 1, count - 1))]
    }
}

/// Tells the person who waits; results go to standard output.
func note(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = unsafe write(STDERR_FILENO, line, line.count)
}
