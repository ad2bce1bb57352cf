/// One check at one border. Gates are values without state; counting is the registry's.
package protocol Gate<Input, Output>: Sendable {
    associatedtype Input: Sendable
    associatedtype Output: Sendable

    /// The name that the decisions are counted under.
    var name: GateName { get }
    /// The field that a rejection names when the gate itself fails.
    var field: String { get }

    /// Decides on `input`. An error counts as a rejection.
    func decide(_ input: Input) throws -> GateResult<Output>

    /// What is told of each decision on `input`, passes too, without secrets; nil for gates of which only rejections are told.
    func note(on input: Input) -> [String: String]?
}

extension Gate {
    package func note(on input: Input) -> [String: String]? { nil }
}
