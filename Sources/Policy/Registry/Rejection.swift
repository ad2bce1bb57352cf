package import Domain

/// Why a gate stopped something. All of it is safe for strangers: secrets, queries and paths are scrubbed before they get here.
package struct Rejection: Sendable, Hashable, CustomStringConvertible {
    /// A code of the catalog.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        package let description: String
        private init(_ text: String) { description = text }

        /// The scheme is not allowed.
        package static let scheme = Code("E_SCHEME")
        /// The address has a user name or password.
        package static let userInfo = Code("E_USERINFO")
        /// The host is malformed, deceptive, or not on the list.
        package static let hostDenied = Code("E_HOST_DENY")
        /// The port is not allowed.
        package static let portDenied = Code("E_PORT_DENY")
        /// The host does not resolve.
        package static let nameFailed = Code("E_DNS_FAIL")
        /// The address is not public and not in an allowed network.
        package static let privateNetwork = Code("E_PRIVATE_NET")
        /// The redirect leads where it may not, or there are too many.
        package static let redirectDenied = Code("E_REDIRECT_DENY")
        /// The redirect leads back.
        package static let redirectLoop = Code("E_REDIRECT_LOOP")
        /// The gate itself failed; what it could not check does not pass.
        package static let gateFailed = Code("E_GATE_FAILED")
    }

    /// The code.
    package let code: Code
    /// One sentence.
    package let message: String
    /// The input field at fault.
    package let field: String
    /// The bound, as text.
    package let limit: String?
    /// What to do about it.
    package let hint: String?
    /// What was refused, scrubbed.
    package let details: [String: String]

    package init(_ code: Code, _ message: String, field: String, limit: String? = nil, hint: String? = nil, details: [String: String] = [:])
    {
        self.code = code
        self.message = message
        self.field = field
        self.limit = limit
        self.hint = hint
        self.details = details.mapValues(Scrubbing.text).filter { !Scrubbing.isSecret(key: $0.key) }
    }

    package var description: String { "\(code): \(message)" }

    /// The rejection as the error of a use case.
    package var fault: Fault {
        Fault(.security, code: code.description, message, field: field, limit: limit, hint: hint)
    }
}
