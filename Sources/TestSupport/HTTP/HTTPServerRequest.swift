/// A request as the ``LoopbackHTTPServer`` received it.
package struct HTTPServerRequest: Sendable {
    /// `GET`, `POST`, …
    package let method: String
    /// The path and query exactly as sent.
    package let target: String
    /// Names and values in the order sent.
    package let headers: [(name: String, value: String)]
    /// The whole body.
    package let body: [UInt8]

    /// The path without the query, still percent-encoded.
    package var path: String { target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false).first.map(String.init) ?? "" }
    /// The query without the question mark; nil without one.
    package var query: String? {
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        return parts.count == 2 ? String(parts[1]) : nil
    }
    /// The body as UTF-8 text.
    package var text: String { String(decoding: body, as: UTF8.self) }

    /// The first value of a header, whose name is matched without regard to case.
    package subscript(name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}
