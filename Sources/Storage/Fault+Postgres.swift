package import Domain
package import Postgres

extension Fault {
    /// The fault that a failed statement becomes for callers: details stay in the log.
    package init(_ error: PostgresError) {
        switch error.code {
        case .cancelled:
            self.init(.cancelled, code: "E_CANCELLED", "The operation was cancelled.")
        case .timeout:
            self.init(
                .timeout, code: "E_TIMEOUT", "The database did not answer in time.", hint: "Try again, or ask for less.", isTransient: true)
        case .encoding:
            self.init(.validation, code: "E_VALIDATION", "A value contains a character that cannot be stored, such as NUL.")
        case .server where error.sqlState == "54000":
            self.init(
                .validation, code: "E_VALIDATION", "A name, path or address is longer than the database can look up.",
                limit: "2,700 bytes", hint: "Shorten it at its source.")
        default:
            self.init(
                error.isRetryable || error.code == .closed ? .serviceUnavailable : .internal,
                code: error.isRetryable || error.code == .closed ? "E_UNAVAILABLE" : "E_DATABASE",
                error.description, hint: error.isRetryable ? "Try again." : nil, isTransient: error.isRetryable || error.code == .closed)
        }
    }
}

/// Runs `body` and turns a driver's error into a ``Fault``; every other error passes.
func withFaults<Result>(_ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch let error as PostgresError {
        throw Fault(error)
    }
}
