/// The way on which a request asks its client: the rounds of a modern request, the session of a legacy one, or the updates of a task.
struct InputChannel: Sendable {
    typealias Asking = @Sendable (_ requests: [(key: String, request: InputRequest)], _ state: JSONValue?) async throws -> InputAnswers

    /// What the handler gave as state when it asked the last time.
    var state: JSONValue?
    let ask: Asking

    init(state: JSONValue? = nil, ask: @escaping Asking) { (self.state, self.ask) = (state, ask) }

    /// For clients that cannot be asked.
    static let closed = InputChannel { _, _ in
        throw ToolFailure(
            "This needs an answer of yours, which the protocol revision of this connection cannot carry.",
            hint: "Connect with 2026-07-28, or with a session.")
    }
}

/// The answers to what was asked, by the names of the requests.
public struct InputAnswers: Sendable, Hashable {
    private let answers: [String: InputAnswer]

    init(_ answers: [String: InputAnswer]) { self.answers = answers }

    /// The answer to the request `key`, which must be one of those that were asked.
    public subscript(key: String) -> InputAnswer {
        guard let answer = answers[key] else { preconditionFailure("nobody was asked for \(key)") }
        return answer
    }
}

/// Ends a handler whose request needs another round.
struct InputRequired: Error {
    let requests: [(key: String, request: InputRequest)]
    let state: String

    var result: JSONObject {
        [
            "resultType": "input_required", "inputRequests": .object(JSONObject(requests.map { ($0.key, $0.request.json) })),
            "requestState": .string(state),
        ]
    }
}

extension RequestContext {
    /// Asks the client, and returns its answers.
    ///
    /// How the client is asked depends on the revision. In 2026-07-28 this call ends the handler by throwing, and the handler runs again from
    /// its beginning when the client repeats the request with its answers; a call of `ask` that has been answered then returns at once. So
    /// whatever comes before must be cheap and harmless when repeated, and must ask the same. In a session of an earlier revision, and in a
    /// task, the call waits.
    ///
    /// - Parameters:
    ///   - requests: what is asked for, each under a name that no other request of the handler has.
    ///   - state: what the handler wants back as ``inputState`` when it runs again. Sealed: the client carries it without reading it.
    /// - Returns: an answer for each request; a person may have declined.
    /// - Throws: an error to be passed on: the request goes on later, or the client cannot be asked, or its answer has the wrong shape.
    public func ask(_ requests: [(key: String, request: InputRequest)], state: JSONValue? = nil) async throws -> InputAnswers {
        for (_, request) in requests where !canAsk(request.kind) {
            throw ProtocolError.missingClientCapabilities(request.capability)
        }
        return try await input.ask(requests, state)
    }

    /// Asks the client for one thing; see above.
    public func ask(_ key: String, _ request: InputRequest, state: JSONValue? = nil) async throws -> InputAnswer {
        try await ask([(key, request)], state: state)[key]
    }

    /// Whether the client has said that it can answer this.
    public func canAsk(_ kind: InputRequest.Kind) -> Bool {
        let example: InputRequest =
            switch kind {
            case .form: .elicitation("", ElicitationForm([]))
            case .address: .elicitation("", url: "", identifier: "")
            case .sampling: .sampling([], maxTokens: 1)
            case .roots: .roots
            }
        return example.isAllowed(by: clientCapabilities)
    }

    /// What the handler gave to ``ask(_:state:)`` in the round before; nil in the first.
    public var inputState: JSONValue? { input.state }
}
