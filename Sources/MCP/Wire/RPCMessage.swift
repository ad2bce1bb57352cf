/// One message of a client, after the JSON and before its meaning.
enum RPCMessage: Sendable, Hashable {
    /// A call that wants an answer.
    case request(id: RequestID, method: String, params: JSONObject)
    /// A message that wants none.
    case notification(method: String, params: JSONObject)
    /// The answer to a request of the server's, with its `result` or `error`.
    case response(id: RequestID, message: JSONObject)

    /// Why a value is no message, with the identifier to echo when there is one.
    struct Refusal: Error {
        let id: RequestID?
        let error: ProtocolError
    }

    init(_ value: JSONValue) throws(Refusal) {
        if case .array = value {
            throw Refusal(id: nil, error: ProtocolError(.invalidRequest, "Batches are not accepted: send one message per request"))
        }
        guard let object = value.objectValue else {
            throw Refusal(id: nil, error: ProtocolError(.invalidRequest, "The body must be one JSON-RPC object, not \(value.typeName)"))
        }
        let id = object["id"].flatMap(RequestID.init)
        func refusal(_ message: String, _ code: ProtocolError.Code = .invalidRequest) -> Refusal {
            Refusal(id: id, error: ProtocolError(code, message))
        }
        guard object["jsonrpc"] == "2.0" else { throw refusal("jsonrpc must be \"2.0\"") }
        if let raw = object["id"], id == nil { throw refusal("id must be a string or an integer of 64 bits, not \(raw.typeName)") }
        guard let rawMethod = object["method"] else {
            guard let id, object["result"] != nil || object["error"] != nil else { throw refusal("method is missing") }
            self = .response(id: id, message: object)
            return
        }
        guard let method = rawMethod.stringValue else { throw refusal("method must be a string, not \(rawMethod.typeName)") }
        let params: JSONObject
        switch object["params"] {
        case nil: params = JSONObject()
        case .object(let object): params = object
        case let other?: throw refusal("params must be an object, not \(other.typeName)", .invalidParams)
        }
        if let id {
            self = .request(id: id, method: method, params: params)
        } else {
            self = .notification(method: method, params: params)
        }
    }

    var method: String {
        switch self {
        case .request(_, let method, _), .notification(let method, _): method
        case .response: "response"
        }
    }

    var params: JSONObject {
        switch self {
        case .request(_, _, let params), .notification(_, let params): params
        case .response: JSONObject()
        }
    }

    /// The identifier of a request.
    var id: RequestID? {
        if case .request(let id, _, _) = self { id } else { nil }
    }
}
