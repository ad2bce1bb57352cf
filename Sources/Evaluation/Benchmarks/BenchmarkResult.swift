import FoundationEssentials

/// One measured figure beside what is asked of it; printed as a line of JSON that the benchmark's driver collects.
struct BenchmarkResult: Sendable, Codable {
    /// What was measured.
    let figure: String
    /// The measured value in `unit`.
    let value: Double
    let unit: String
    /// The peer's value in the same unit; nil where the target is absolute.
    let peer: Double?
    /// Value and target as a ratio to the peer, or as they are.
    let measured: Double
    let target: Double
    /// Whether more is better.
    let isMinimum: Bool
    let met: Bool
    /// How it was measured, in a few words.
    let detail: String

    /// A rate that has to be a multiple of a peer's.
    init(_ figure: String, rate: Double, peer: Double, unit: String, atLeast target: Double, detail: String) {
        (self.figure, value, self.unit, self.peer, self.target, self.detail) = (figure, rate, unit, peer, target, detail)
        measured = peer > 0 ? rate / peer : 0
        isMinimum = true
        met = measured >= target
    }

    /// A value with a bound of its own.
    init(_ figure: String, value: Double, unit: String, target: Double, isMinimum: Bool = false, detail: String) {
        (self.figure, self.value, self.unit, self.target, self.detail) = (figure, value, unit, target, detail)
        self.isMinimum = isMinimum
        peer = nil
        measured = value
        met = isMinimum ? value >= target : value <= target
    }

    /// Writes the line.
    func report() throws { print(String(decoding: try JSONEncoder().encode(self), as: UTF8.self)) }
}
