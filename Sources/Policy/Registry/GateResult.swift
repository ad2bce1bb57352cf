package import Domain

/// What a gate says. A rejection is a value, so that no caller can overlook it the way a thrown error can be swallowed.
package enum GateResult<Value: Sendable>: Sendable {
    /// The input may go on, in the form in which the gate checked it.
    case accepted(Value)
    /// The input stops here.
    case rejected(Rejection)
}

extension GateResult {
    /// The rejection, if it is one.
    package var rejection: Rejection? {
        if case .rejected(let rejection) = self { rejection } else { nil }
    }

    /// The accepted value, or the rejection as a thrown ``Fault``: for callers whose own errors are faults.
    package func get() throws(Fault) -> Value {
        switch self {
        case .accepted(let value): return value
        case .rejected(let rejection): throw rejection.fault
        }
    }
}
