/// The head of an answer.
package struct FetchHead: Sendable, Hashable {
    /// Status code of the last hop, 200 to 599.
    package let status: Int
    /// Fields of the last hop, without trailers.
    package let headers: FetchHeaders
    /// The address that answered: the request's own, or the last redirect that was followed.
    package let finalURL: String
    /// The version that was spoken: `1.0`, `1.1`, `2` or `3`.
    package let version: String
}

/// A complete answer.
package struct FetchResponse: Sendable {
    /// Status, fields and final address.
    package let head: FetchHead
    /// The body after decompression; empty for HEAD and for answers without one.
    package let body: [UInt8]
    /// How long the steps took.
    package let timings: FetchTimings

    /// Status code of the last hop, 200 to 599.
    package var status: Int { head.status }
    /// Fields of the last hop.
    package var headers: FetchHeaders { head.headers }
    /// The address that answered.
    package var finalURL: String { head.finalURL }
}

/// How long the steps of a transfer took, each counted from its start in libcurl.
package struct FetchTimings: Sendable, Hashable {
    /// Until the name was resolved; zero on a kept connection.
    package let resolved: Duration
    /// Until the connection stood; zero on a kept connection.
    package let connected: Duration
    /// Until TLS was set up; zero without TLS.
    package let secured: Duration
    /// Until the first byte of the answer.
    package let firstByte: Duration
    /// Until the end.
    package let total: Duration
    /// Connections opened for this transfer; 0 when a kept one served it.
    package let connectionsOpened: Int
}
