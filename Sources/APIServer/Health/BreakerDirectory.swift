package import APIModel

/// The circuits of all processes, for operators.
package protocol BreakerDirectory: Sendable {
    /// All circuits, by name.
    /// - Throws: ``Domain/Fault`` while the shared state cannot be asked.
    func breakers() async throws -> [BreakerDetail]

    /// Does `action` to the circuit called `name` and returns it as it is then; nil when there is none.
    /// - Throws: ``Domain/Fault`` while the shared state cannot be asked.
    func change(_ name: String, _ action: BreakerAction) async throws -> BreakerDetail?
}

/// What an operator does to a circuit.
package enum BreakerAction: String, Sendable, Hashable, CaseIterable {
    /// Calls are refused until somebody closes it.
    case open
    case close
    /// Closes it and forgets its history.
    case reset
}
