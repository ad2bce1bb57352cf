package import APIModel
package import Domain
package import FoundationEssentials
import Hummingbird

extension ProblemCategory {
    /// The category of the wire for one of the domain.
    init(_ category: Fault.Category) {
        self =
            switch category {
            case .validation: .validation
            case .inputSanitization: .inputSanitization
            case .authentication: .authentication
            case .authorization: .authorization
            case .security: .security
            case .notFound: .notFound
            case .conflict: .conflict
            case .rateLimited: .rateLimited
            case .internal: .internal
            case .model: .model
            case .network: .network
            case .configuration: .configuration
            case .circuitOpen: .circuitOpen
            case .serviceUnavailable: .serviceUnavailable
            case .timeout: .timeout
            case .resourceExhausted: .resourceExhausted
            case .cancelled: .cancelled
            }
    }
}

extension Problem {
    /// The problem that tells a client about `fault`. A validation fault that names a field has the status 422.
    package init(_ fault: Fault, status: Int? = nil, at time: Date = Date(), requestID: String?, instance: String?) {
        var details: [String: String] = [:]
        details["field"] = fault.field
        details["limit"] = fault.limit
        let isField = fault.category == .validation && fault.field != nil
        self.init(
            ProblemCategory(fault.category), code: fault.code, message: fault.message, status: status ?? (isField ? 422 : nil),
            timestamp: time, details: details, recoverySuggestion: fault.hint, requestID: requestID, instance: instance)
    }
}

extension Fault {
    /// What a client may know about an error that is no fault: nothing but that it happened.
    static let unexpected = Fault(
        .internal, code: "E_INTERNAL", "Something went wrong inside the service.",
        hint: "Try again; if it happens again, tell the operator the request identifier.")

    /// The client went away, or the server is stopping.
    static let wentAway = Fault(.cancelled, code: "E_CANCELLED", "The request was cancelled.")
}

extension Response {
    /// `problem` as a reply.
    static func problem(_ problem: Problem, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = Problem.mediaType
        headers[.cacheControl] = "no-store"
        // A problem has no numbers that JSON lacks, so that encoding cannot fail; an empty body is still a correct reply.
        let bytes = (try? WireJSON.encode(problem)) ?? []
        return Response(
            status: .init(code: problem.httpStatus), headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// `value` as a JSON reply.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) throws -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(
            status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: try WireJSON.encode(value))))
    }
}
