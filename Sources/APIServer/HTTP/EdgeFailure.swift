import Domain
import Hummingbird
import Resilience

/// A fault with a status or headers of its own, for what the protocol itself demands.
struct EdgeFailure: Error {
    let fault: Fault
    let status: Int
    var headers: HTTPFields = [:]

    /// A route that does not exist.
    static let noRoute = EdgeFailure(
        fault: Fault(
            .notFound, code: "E_NO_ROUTE", "There is nothing at this path.", hint: "The API is under /v1, the agents' endpoint is /mcp."),
        status: 404)

    /// A route that exists for other methods.
    static func methodNotAllowed(_ allowed: [HTTPRequest.Method]) -> EdgeFailure {
        let names = allowed.map(\.rawValue).joined(separator: ", ")
        return EdgeFailure(
            fault: Fault(
                .validation, code: "E_METHOD", "The path does not take this method.", field: "method", limit: names, hint: "Use \(names)."),
            status: 405, headers: [.allow: names])
    }

    /// The principal lacks `scope`, which is all that the route asks for.
    static func scopeMissing(_ scope: Principal.Scope) -> EdgeFailure {
        EdgeFailure(fault: .scopeMissing(scope), status: 403)
    }

    /// More than the server reads.
    static func tooLarge(_ field: String, limit: String, status: Int = 413) -> EdgeFailure {
        EdgeFailure(
            fault: Fault(
                .validation, code: "E_TOO_LARGE", "The \(field) of the request is too large.", field: field, limit: limit,
                hint: "Send less at a time."),
            status: status, headers: status == 413 ? [.connection: "close"] : [:])
    }

    /// A body of another kind.
    static let notJSON = EdgeFailure(
        fault: Fault(
            .validation, code: "E_MEDIA_TYPE", "The body must be JSON.", field: "Content-Type", limit: "application/json",
            hint: "Send Content-Type: application/json."),
        status: 415)

    /// Text that cannot be read at all.
    static func syntax(_ message: String, field: String, hint: String? = nil) -> EdgeFailure {
        EdgeFailure(fault: Fault(.validation, code: "E_SYNTAX", message, field: field, hint: hint), status: 400)
    }
}

extension EdgeFailure {
    /// A call that was not made because of the state of the dependency.
    init(_ error: ResilienceError) {
        let isOpen = error.code == .circuitOpen
        self.init(
            fault: Fault(
                isOpen ? .circuitOpen : .serviceUnavailable, code: isOpen ? "E_CIRCUIT_OPEN" : "E_UNAVAILABLE",
                "A service behind this one is not answering and is left alone for a while.", hint: "Try again later.", isTransient: true,
                retryAfter: error.retryAfter),
            status: 503)
    }
}
