/// A method of the protocol: when it exists and what it does. The table of them is the endpoint.
struct Method<Principal: Sendable>: Sendable {
    typealias Handler = @Sendable (JSONObject, RequestContext<Principal>) async throws -> Reply

    /// The revisions that have it.
    let eras: Set<ProtocolVersion.Era>
    /// The parameter that `Mcp-Name` repeats.
    let nameParameter: String?
    /// Whether its handler may ask the client before it answers.
    let takesInput: Bool
    /// The headers that repeat values of these parameters, with the value that each must have.
    let mirrored: @Sendable (JSONObject, Principal) -> [(header: String, value: String?)]
    /// What the handler of these parameters does beside returning a result.
    let features: @Sendable (JSONObject, Principal) -> ToolFeatures
    let handler: Handler

    init(
        eras: Set<ProtocolVersion.Era> = [.legacy, .modern], nameParameter: String? = nil, takesInput: Bool = false,
        mirrored: @escaping @Sendable (JSONObject, Principal) -> [(header: String, value: String?)] = { _, _ in [] },
        features: @escaping @Sendable (JSONObject, Principal) -> ToolFeatures = { _, _ in [] }, handler: @escaping Handler
    ) {
        self.eras = eras
        self.nameParameter = nameParameter
        self.takesInput = takesInput
        self.mirrored = mirrored
        self.features = features
        self.handler = handler
    }
}

/// What a method returns.
struct Reply: Sendable {
    let result: JSONObject
    var cache: CachePolicy?
    var outcome: CallReport.Outcome = .complete
    var underlying: (any Error)?
    var headers: [(name: String, value: String)] = []
}
