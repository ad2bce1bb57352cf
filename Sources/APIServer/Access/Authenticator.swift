import Domain
import FoundationEssentials
package import Primitives

/// Tells who makes a request.
package protocol Authenticator: Sendable {
    /// Whether callers need no token: the server then only answers to its own host, so that no web page can use it.
    var isOpen: Bool { get }

    /// The principal behind a bearer token.
    ///
    /// - Parameter token: what follows `Bearer` in `Authorization`; nil when there is none.
    /// - Throws: ``Domain/Fault`` of category `authentication` for a missing or wrong token, or of another category when it cannot be told.
    func principal(token: Redacted<String>?) async throws -> Principal

    /// Whether who was taken for `principal` still would be: asked by what lasts longer than a request.
    ///
    /// - Throws: when it cannot be told.
    func isCurrent(_ principal: Principal) async throws -> Bool
}

extension Authenticator {
    package func isCurrent(_ principal: Principal) async throws -> Bool { principal.expiresAt.map { Date() < $0 } ?? true }
}

extension Fault {
    /// There is no token.
    static let tokenMissing = Fault(
        .authentication, code: "E_TOKEN_MISSING", "The request has no bearer token.", field: nil,
        hint: "Send the header Authorization: Bearer TOKEN.")
    /// There is a token, and it is wrong.
    static let tokenWrong = Fault(
        .authentication, code: "E_TOKEN_INVALID", "The bearer token is not valid.", hint: "Check the token; it is case-sensitive.")

    /// There is a token, in a place or a form in which none is taken.
    static func tokenMalformed(_ message: String) -> Fault {
        Fault(
            .validation, code: "E_TOKEN_MALFORMED", message, field: "Authorization",
            hint: "Send the header Authorization: Bearer TOKEN, once.")
    }

    /// What is wrong with the token, in one word for the metrics; nil for a fault that is not about one.
    var tokenProblem: String? {
        switch code {
        case Self.tokenMissing.code: "missing"
        case Self.tokenWrong.code: "invalid"
        case Self.tokenMalformed("").code: "malformed"
        default: nil
        }
    }

    /// The code of ``scopeMissing(_:)``.
    static let scopeCode = "E_SCOPE"

    /// The principal lacks `scope`.
    static func scopeMissing(_ scope: Principal.Scope) -> Fault {
        Fault(
            .authorization, code: scopeCode, "The token does not have the scope \(scope.rawValue).", limit: scope.rawValue,
            hint: "Use a token with this scope.")
    }
}
