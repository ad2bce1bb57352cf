import Primitives

/// The rounds of a modern request: answers come with the repeated request, what was answered before in its sealed state.
struct InputRounds: Sendable {
    /// Answers in one request; handlers ask for a few things at a time.
    private static let maximumResponses = 64

    private let sealer: StateSealer
    private let binding: StateSealer.Binding
    /// What the client has answered in this round and in those before.
    private let answers: JSONObject
    private let state: JSONValue?

    /// Reads `inputResponses` and `requestState` of a request.
    ///
    /// - Throws: `invalidParams` when one of them is wrong.
    init(method: String, params: JSONObject, owner: String, sealer: StateSealer) throws(ProtocolError) {
        self.sealer = sealer
        binding = StateSealer.Binding(owner: owner, method: method, params: params)
        var answers = JSONObject()
        var state: JSONValue?
        switch params["requestState"] {
        case nil: break
        case .string(let text):
            let contents = try sealer.open(text, for: binding)
            answers = contents["answers"]?.objectValue ?? answers
            state = contents["state"]
        case let other?: throw ProtocolError(.invalidParams, "requestState must be a string, not \(other.typeName)")
        }
        switch params["inputResponses"] {
        case nil: break
        // Those of this round win: what was asked for again is what counts.
        case .object(let responses):
            guard responses.count <= Self.maximumResponses else {
                throw ProtocolError(.invalidParams, "inputResponses has more than \(Self.maximumResponses) members")
            }
            for member in responses.members { answers[member.key] = member.value }
        case let other?: throw ProtocolError(.invalidParams, "inputResponses must be an object, not \(other.typeName)")
        }
        (self.answers, self.state) = (answers, state)
    }

    var channel: InputChannel {
        let asked = Locked(JSONObject())
        return InputChannel(state: state) { requests, state in
            var given: [String: InputAnswer] = [:]
            var open: [(key: String, request: InputRequest)] = []
            for (key, request) in requests {
                guard let raw = answers[key] else {
                    open.append((key, request))
                    continue
                }
                given[key] = try request.answer(raw, key: key)
                asked.withLock { $0[key] = raw }
            }
            guard !open.isEmpty else { return InputAnswers(given) }
            // Only what was asked for is kept: clients may send more.
            var contents: JSONObject = ["answers": .object(asked.withLock { $0 })]
            contents["state"] = state
            throw InputRequired(requests: open, state: sealer.seal(contents, for: binding))
        }
    }
}
