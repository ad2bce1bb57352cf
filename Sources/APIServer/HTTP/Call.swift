import Domain
import Hummingbird

/// What a route handler knows about its request.
struct Call: Sendable {
    /// Head of the request.
    let head: HTTPRequest
    /// The values of the template's parameters, decoded.
    let parameters: [String: String]
    /// The query.
    let query: QueryParameters
    /// The whole body.
    let body: [UInt8]
    /// Who asks.
    let principal: Principal
    /// The reply's `X-Request-Id`.
    let requestID: String
    /// The reply's `X-Correlation-Id`.
    let correlationID: String
    /// Requests that the caller may send at once after this one; nil where there is no quota.
    let quotaRemaining: Int?

    /// What the caller may see.
    var access: LibraryAccess { principal.access }

    /// The parameter `name` as the identifier of a `kind`; one that cannot be any is not found.
    func identifier<Entity>(_ kind: String, _ name: String = "id") throws -> Identifier<Entity> {
        let text = parameters[name] ?? ""
        guard let identifier = Identifier<Entity>(text) else { throw Fault.notFound(kind, Self.shown(text)) }
        return identifier
    }

    /// `text` cut to what is worth repeating.
    static func shown(_ text: String) -> String { text.count > 80 ? text.prefix(80) + "…" : text }
}
