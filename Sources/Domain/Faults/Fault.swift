/// What went wrong, in words that are safe to show to a stranger: the error of every use case.
///
/// Adapters convert their driver's error into a fault once; the edges render a fault as an HTTP problem, a tool error or a row of a job.
package struct Fault: Error, Sendable, Hashable, CustomStringConvertible {
    /// The class of a fault, from which the HTTP status follows.
    package enum Category: String, Sendable, Hashable, CaseIterable {
        case validation, inputSanitization, authentication, authorization, security, notFound, conflict, rateLimited, `internal`, model,
            network, configuration, circuitOpen, serviceUnavailable, timeout, resourceExhausted, cancelled
    }

    package let category: Category
    /// A stable upper-case code such as `E_PRIVATE_NET`.
    package let code: String
    /// One sentence for people and models.
    package let message: String
    /// The input field at fault, if there is one.
    package let field: String?
    /// The bound that was exceeded, as text.
    package let limit: String?
    /// What to do about it.
    package let hint: String?
    /// Whether the same work may succeed later without a change.
    package let isTransient: Bool
    /// How long the other side asks to be left alone, at most 900 s; nil when it does not say.
    package let retryAfter: Duration?

    package init(
        _ category: Category, code: String, _ message: String, field: String? = nil, limit: String? = nil, hint: String? = nil,
        isTransient: Bool = false, retryAfter: Duration? = nil
    ) {
        self.category = category
        self.code = code
        self.message = message
        self.field = field
        self.limit = limit
        self.hint = hint
        self.isTransient = isTransient
        self.retryAfter = retryAfter.map { min($0, .seconds(900)) }
    }

    package var description: String {
        var text = "\(code): \(message)"
        if let field { text += " (field \(field)" + (limit.map { ", limit \($0)" } ?? "") + ")" }
        if let hint { text += " \(hint)" }
        return text
    }
}

extension Fault {
    /// Input that breaks a bound of `field`.
    package static func invalid(field: String, _ message: String, limit: String? = nil, hint: String? = nil) -> Fault {
        Fault(.validation, code: "E_VALIDATION", message, field: field, limit: limit, hint: hint)
    }

    /// Something that does not exist or that the caller may not see: both look the same.
    package static func notFound(_ kind: String, _ name: String) -> Fault {
        Fault(
            .notFound, code: "E_NOT_FOUND", "There is no \(kind) \(name).", hint: "List what there is and use an identifier from the list.")
    }

    /// A dependency that does not answer at the moment.
    package static func unavailable(_ dependency: String, _ message: String) -> Fault {
        Fault(
            .serviceUnavailable, code: "E_UNAVAILABLE", message, field: nil, hint: "Try again; \(dependency) is checked by /readyz.",
            isTransient: true)
    }
}
