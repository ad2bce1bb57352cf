/// One check at one border. Gates are values without state; counting is the registry's.
package protocol Gate<Input, Output>: Sendable {
    associatedtype Input: Sendable
    associatedtype Output: Sendable

    /// The name in metrics and events, such as `url_gate`.
    var name: String { get }
    /// What the gate guards.
    var domain: GateDomain { get }
    /// The field that a rejection names when the gate itself fails.
    var field: String { get }

    /// Decides on `input`. An error counts as a rejection.
    func decide(_ input: Input) throws -> GateResult<Output>
}
