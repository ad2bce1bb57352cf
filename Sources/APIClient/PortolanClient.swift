import APIModel
package import Fetch
package import Primitives

/// Typed client of the REST API. Every call throws ``APIClientError`` and nothing else; cancelling the task ends the transfer.
package struct PortolanClient: Sendable {
    /// Where the API is, without a slash at the end.
    package let baseURL: String
    private let token: Redacted<String>?
    private let fetcher: HTTPFetcher
    private let timeout: Duration

    /// - Parameters:
    ///   - baseURL: scheme, host and port, such as `http://127.0.0.1:8080`; a path before `/v1` is kept.
    ///   - token: the bearer token; nil sends none.
    ///   - fetcher: makes the transfers.
    ///   - timeout: the longest that one call may take.
    package init(baseURL: String, token: Redacted<String>?, fetcher: HTTPFetcher, timeout: Duration = .seconds(30)) {
        self.baseURL = String(baseURL.reversed().drop { $0 == "/" }.reversed())
        (self.token, self.fetcher, self.timeout) = (token, fetcher, timeout)
    }

    /// Sends a request without a body and decodes the reply.
    func get<Value: Decodable>(_ path: String, _ query: QueryItems = QueryItems(), as type: Value.Type) async throws(APIClientError)
        -> Value
    {
        try decode(type, from: try await send("GET", path + query.text))
    }

    /// Sends `body` as JSON and decodes the reply.
    func post<Value: Decodable>(
        _ path: String, _ body: some Encodable, headers: [(String, String)] = [], as type: Value.Type
    ) async throws(APIClientError) -> Value {
        try await exchange("POST", path, body, headers: headers, as: type)
    }

    /// As ``post(_:_:headers:as:)`` with the method PATCH.
    func patch<Value: Decodable>(_ path: String, _ body: some Encodable, as type: Value.Type) async throws(APIClientError) -> Value {
        try await exchange("PATCH", path, body, headers: [], as: type)
    }

    private func exchange<Value: Decodable>(
        _ method: String, _ path: String, _ body: some Encodable, headers: [(String, String)], as type: Value.Type
    ) async throws(APIClientError) -> Value {
        let bytes: [UInt8]
        do {
            bytes = try WireJSON.encode(body)
        } catch {
            throw APIClientError(.usage, "The request cannot be written as JSON.", underlying: String(describing: error))
        }
        return try decode(type, from: try await send(method, path, headers: headers, body: bytes))
    }

    /// Sends a request and returns the body of a 2xx reply.
    @discardableResult
    func send(
        _ method: String, _ path: String, headers: [(String, String)] = [], body: [UInt8]? = nil
    ) async throws(APIClientError) -> [UInt8] {
        var request = FetchRequest(method, baseURL + path, totalTimeout: timeout, maximumBody: .mebibytes(64))
        request.headers["Accept"] = "application/json, \(Problem.mediaType)"
        // The server gives up after less than this client waits unless it is told.
        request.headers["Prefer"] = "wait=\(min(60, max(1, Int(timeout.seconds))))"
        if let token { request.headers["Authorization"] = "Bearer \(token.reveal())" }
        for (name, value) in headers { request.headers[name] = value }
        if let body {
            request.headers["Content-Type"] = "application/json"
            request.body = body
        }
        let response: FetchResponse
        do {
            response = try await fetcher.send(request)
        } catch {
            throw Self.failure(error, baseURL: baseURL)
        }
        guard (200...299).contains(response.status) else { throw Self.failure(response) }
        return response.body
    }

    func decode<Value: Decodable>(_ type: Value.Type, from bytes: [UInt8]) throws(APIClientError) -> Value {
        do {
            return try WireJSON.decode(type, from: bytes)
        } catch {
            throw APIClientError(
                .failed, "The reply of \(baseURL) is not what this version expects.", underlying: String(describing: error))
        }
    }

    private static func failure(_ error: FetchError, baseURL: String) -> APIClientError {
        switch error.code {
        case .invalidRequest: APIClientError(.usage, "The request cannot be sent: \(error).", underlying: error.debugDescription)
        case .tooLarge, .protocol, .cancelled:
            APIClientError(.failed, "The exchange with \(baseURL) broke off: \(error).", underlying: error.debugDescription)
        default: APIClientError(.unreachable, "\(baseURL) cannot be reached: \(error).", underlying: error.debugDescription)
        }
    }

    private static func failure(_ response: FetchResponse) -> APIClientError {
        let problem = try? WireJSON.decode(Problem.self, from: response.body)
        let code: APIClientError.Code =
            switch response.status {
            case 401, 403, 429: .refused
            case 400, 422: .usage
            default: .failed
            }
        let field = problem?.details["field"].map { " (\($0))" } ?? ""
        return APIClientError(
            code, problem.map { $0.message + field } ?? "The server answered with status \(response.status).", problem: problem,
            status: response.status, retryAfterSeconds: response.headers["Retry-After"].flatMap { Int($0) })
    }
}
