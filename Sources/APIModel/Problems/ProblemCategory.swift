/// The kind of an error, with the HTTP status that it usually has.
package enum ProblemCategory: String, Sendable, Hashable, Codable, CaseIterable {
    case validation
    case inputSanitization = "input_sanitization"
    case authentication
    case authorization
    case security = "security_error"
    case notFound = "not_found"
    case conflict
    case rateLimited = "rate_limited"
    case cancelled
    case `internal`
    case model
    case network
    case configuration
    case circuitOpen = "circuit_open"
    case serviceUnavailable = "service_unavailable"
    case voiceService = "voice_service"
    case timeout
    case memoryLimit = "memory_limit"
    case resourceExhausted = "resource_exhausted"

    /// The usual status. A field outside its bounds is `validation` with 422 instead.
    package var httpStatus: Int {
        switch self {
        case .validation, .inputSanitization: 400
        case .authentication: 401
        case .authorization, .security: 403
        case .notFound: 404
        case .conflict: 409
        case .rateLimited: 429
        // The client went away: no one reads this status but the log.
        case .cancelled: 499
        case .internal, .model, .network, .configuration: 500
        case .circuitOpen, .serviceUnavailable, .voiceService: 503
        case .timeout: 504
        case .memoryLimit, .resourceExhausted: 507
        }
    }

    /// A short title for people, the same for all errors of the kind.
    package var title: String {
        switch self {
        case .validation: "The request is not valid"
        case .inputSanitization: "The input has characters that are not allowed"
        case .authentication: "Authentication is required"
        case .authorization: "The token does not allow this"
        case .security: "Refused for security"
        case .notFound: "Not found"
        case .conflict: "In conflict with the present state"
        case .rateLimited: "Too many requests"
        case .cancelled: "The request was cancelled"
        case .internal: "Internal error"
        case .model: "The model failed"
        case .network: "The network failed"
        case .configuration: "The service is not configured for this"
        case .circuitOpen: "A dependency is being spared"
        case .serviceUnavailable: "The service is not available"
        case .voiceService: "The voice service is not available"
        case .timeout: "It took too long"
        case .memoryLimit: "Not enough memory"
        case .resourceExhausted: "A resource is used up"
        }
    }
}
