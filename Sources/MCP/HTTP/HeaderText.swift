/// Header values that carry texts which headers cannot: `=?base64?…?=` (2026-07-28, streamable HTTP).
enum HeaderText {
    private static let prefix = "=?base64?"
    private static let suffix = "?="

    /// The text that `value` stands for; nil when it has the base64 form but not the content.
    static func decode(_ value: String) -> String? {
        guard value.hasPrefix(prefix), value.hasSuffix(suffix), value.utf8.count >= prefix.utf8.count + suffix.utf8.count else {
            return value
        }
        let payload = value.dropFirst(prefix.count).dropLast(suffix.count)
        return Base64.decode(payload).flatMap { String(validating: $0, as: UTF8.self) }
    }

    /// The error for a header that does not repeat `expected` of the body; nil when the two agree. Without `expected` there must be no header,
    /// for what stands between might act on a value that the body never had.
    static func disagreement(_ header: String, expected: String?, in request: MCPHTTPRequest) -> ProtocolError? {
        let values = request.headers(header)
        func error(_ problem: String) -> ProtocolError { ProtocolError(.headerMismatch, "Header mismatch: \(header) \(problem)") }
        guard values.count <= 1 else { return error("appears more than once") }
        guard let value = values.first else { return expected == nil ? nil : error("is missing") }
        guard let expected else { return error("is there, but the body has no such value") }
        // Byte for byte: the equality of strings takes some different texts for the same.
        if let text = decode(value), text.utf8.elementsEqual(expected.utf8) { return nil }
        return error("header value '\(shortened(value))' does not match body value '\(shortened(expected))'")
    }
}
