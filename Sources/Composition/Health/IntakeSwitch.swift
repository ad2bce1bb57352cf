import Primitives

/// Whether a worker may begin jobs: it may while nothing speaks against it.
package final class IntakeSwitch: Sendable {
    private struct State {
        var reasons: Set<String> = []
        var onChange: (@Sendable (Bool) -> Void)?
    }

    private let state = Locked(State())

    package init() {}

    /// Whether something speaks against it.
    package var isPaused: Bool { state.withLock { !$0.reasons.isEmpty } }

    /// Hears of every change from now on, and of the state now when it is paused.
    package func observe(_ onChange: @escaping @Sendable (Bool) -> Void) {
        let isPaused = state.withLock { state in
            state.onChange = onChange
            return !state.reasons.isEmpty
        }
        if isPaused { onChange(true) }
    }

    /// `reason` speaks against it, or no longer does.
    package func set(_ reason: String, _ isAgainst: Bool) {
        let change = state.withLock { state -> (@Sendable (Bool) -> Void, Bool)? in
            let was = !state.reasons.isEmpty
            if isAgainst { state.reasons.insert(reason) } else { state.reasons.remove(reason) }
            let now = !state.reasons.isEmpty
            return now == was ? nil : state.onChange.map { ($0, now) }
        }
        if let (tell, isPaused) = change { tell(isPaused) }
    }
}
