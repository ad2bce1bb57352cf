import FoundationEssentials

/// An observation that leads to the trace in which it was made.
struct Exemplar: Sendable {
    let traceID: String
    let value: Double
    let time: Date
}
