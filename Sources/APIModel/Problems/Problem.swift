package import FoundationEssentials

/// The one error body of the API: RFC 9457 problem details with the error model of the product. Never carries internals.
package struct Problem: Sendable, Hashable, Codable {
    /// The media type of such bodies.
    package static let mediaType = "application/problem+json"

    /// URI of the kind of problem: `urn:portolan:problem:` and the category.
    package var type: String
    /// Title of the kind.
    package var title: String
    /// HTTP status.
    package var status: Int
    /// What happened this time; the same text as `message`.
    package var detail: String
    /// The path that was asked for.
    package var instance: String?

    /// Stable code, such as `E_VALIDATION`.
    package var errorCode: String
    /// What happened this time.
    package var message: String
    /// The kind.
    package var category: ProblemCategory
    /// HTTP status, as in `status`.
    package var httpStatus: Int
    /// When it happened.
    package var timestamp: Date
    /// Facts by name, such as `field` and `limit`.
    package var details: [String: String]
    /// What to do about it.
    package var recoverySuggestion: String?
    /// The reply's `X-Request-Id`.
    package var requestID: String?

    /// - Parameters:
    ///   - category: the kind, which gives type, title and the usual status.
    ///   - code: stable code.
    ///   - message: what happened, safe for strangers.
    ///   - status: HTTP status when it is not the usual one of the category.
    ///   - timestamp: when it happened.
    ///   - details: facts by name, safe for strangers.
    ///   - recoverySuggestion: what to do about it.
    ///   - requestID: identifier of the request.
    ///   - instance: the path that was asked for.
    package init(
        _ category: ProblemCategory, code: String, message: String, status: Int? = nil, timestamp: Date, details: [String: String] = [:],
        recoverySuggestion: String? = nil, requestID: String? = nil, instance: String? = nil
    ) {
        let status = status ?? category.httpStatus
        (self.type, self.title, self.status) = ("urn:portolan:problem:\(category.rawValue)", category.title, status)
        (self.detail, self.instance, self.errorCode, self.message) = (message, instance, code, message)
        (self.category, self.httpStatus, self.timestamp, self.details) = (category, status, timestamp, details)
        (self.recoverySuggestion, self.requestID) = (recoverySuggestion, requestID)
    }

    package enum CodingKeys: String, CodingKey {
        case type, title, status, detail, instance
        case errorCode = "error_code"
        case message, category
        case httpStatus = "http_status"
        case timestamp, details
        case recoverySuggestion = "recovery_suggestion"
        case requestID = "request_id"
    }
}
