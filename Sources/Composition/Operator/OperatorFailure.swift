import Domain
import EmbeddedServices
import Postgres

/// Why an operator's command did not do what it was asked for, with the details that an operator may see.
package struct OperatorFailure: Error, Sendable, CustomStringConvertible {
    /// The kind of failure, which decides the exit code.
    package enum Reason: Sendable, Hashable {
        /// It was tried and ended badly.
        case failed
        /// Arguments or settings are wrong.
        case usage
        /// The database does not answer.
        case unreachable
        /// The database, or a gate, does not allow it.
        case refused
    }

    package let reason: Reason
    /// What happened, in one sentence.
    package let message: String
    /// What to do about it.
    package let hint: String?

    package init(_ reason: Reason, _ message: String, hint: String? = nil) {
        (self.reason, self.message, self.hint) = (reason, message, hint)
    }

    package var description: String { hint.map { "\(message) \($0)" } ?? message }

    /// The failure that `error` is for an operator; a cancellation stays what it is.
    static func of(_ error: any Error) -> any Error {
        switch error {
        case let error as OperatorFailure: error
        case let error as PostgresError: of(error)
        case let error as Fault: of(error)
        case let error as SettingsError: OperatorFailure(.usage, error.lines.joined(separator: "; "))
        case let error as EmbeddedServicesError:
            OperatorFailure(.failed, [error.message, error.detail].compactMap(\.self).joined(separator: ": "))
        case let error as StartFailure: OperatorFailure(.failed, error.description)
        default: error
        }
    }

    private static func of(_ error: PostgresError) -> OperatorFailure {
        switch error.code {
        case .connection, .poolExhausted, .closed:
            // Class 28 is an authentication that failed; 3D000 and 42501 name a database or a right that is missing.
            if isRefusal(error.sqlState) { return OperatorFailure(.refused, error.message) }
            return OperatorFailure(.unreachable, "The database cannot be reached: \(error.message)", hint: "Check PORTOLAN_DATABASE_URL.")
        case .configuration: return OperatorFailure(.usage, error.message, hint: "Check PORTOLAN_DATABASE_URL.")
        case .server where isRefusal(error.sqlState): return OperatorFailure(.refused, error.message)
        case .server: return OperatorFailure(.failed, error.message + (error.detail.map { " (\($0))" } ?? ""))
        case .timeout: return OperatorFailure(.failed, "The database did not answer in time.")
        default: return OperatorFailure(.failed, error.message)
        }
    }

    private static func isRefusal(_ state: String?) -> Bool {
        guard let state else { return false }
        return state.hasPrefix("28") || state == "42501" || state == "3D000"
    }

    private static func of(_ fault: Fault) -> OperatorFailure {
        let reason: Reason =
            switch fault.category {
            case .validation: .usage
            case .security, .authentication, .authorization: .refused
            case .serviceUnavailable, .network: .unreachable
            default: .failed
            }
        return OperatorFailure(reason, "\(fault.code): \(fault.message)", hint: fault.hint)
    }
}
