package import HTTPTypes
package import MCP

extension MCPHTTPRequest {
    /// The request as the endpoint wants it.
    ///
    /// - Parameters:
    ///   - head: method and headers, as the server framework has read them.
    ///   - body: the whole body.
    ///   - requestID: the identifier under which the request is logged.
    package init(_ head: HTTPRequest, body: [UInt8], requestID: String) {
        // The framework keeps the host apart from the headers.
        var headers = head.authority.map { [(name: "Host", value: $0)] } ?? []
        for field in head.headerFields { headers.append((name: field.name.rawName, value: field.value)) }
        self.init(method: head.method.rawValue, headers: headers, body: body, requestID: requestID)
    }
}
