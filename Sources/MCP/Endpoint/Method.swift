/// A method of the protocol: when it exists and what it does. The table of them is the endpoint.
struct Method<Principal: Sendable>: Sendable {
    typealias Handler = @Sendable (JSONObject, RequestContext<Principal>) async throws -> Reply

    /// The revisions that have it.
    let eras: Set<ProtocolVersion.Era>
    /// The parameter that `Mcp-Name` repeats.
    let nameParameter: String?
    /// The headers that repeat values of these parameters, with the value that each must have.
    let mirrored: @Sendable (JSONObject, Principal) -> [(header: String, value: String?)]
    /// Whether the answer to these parameters is a stream.
    let streams: @Sendable (JSONObject, Principal) -> Bool
    let handler: Handler

    init(
        eras: Set<ProtocolVersion.Era> = [.legacy, .modern], nameParameter: String? = nil,
        mirrored: @escaping @Sendable (JSONObject, Principal) -> [(header: String, value: String?)] = { _, _ in [] },
        streams: @escaping @Sendable (JSONObject, Principal) -> Bool = { _, _ in false }, handler: @escaping Handler
    ) {
        self.eras = eras
        self.nameParameter = nameParameter
        self.mirrored = mirrored
        self.streams = streams
        self.handler = handler
    }
}

/// What a method returns.
struct Reply: Sendable {
    let result: JSONObject
    var cache: CachePolicy?
    var outcome: CallReport.Outcome = .complete
    var underlying: (any Error)?
}
