public import FoundationEssentials
import Primitives

/// Work that goes on after its request was answered, as clients see it.
public struct TaskState: Sendable, Hashable {
    /// Where the work is.
    public enum Status: Sendable, Hashable {
        /// Going on.
        case working
        /// Waiting for the answers to these requests.
        case inputRequired([Question])
        /// Done, well or not: what the tool has to say.
        case completed(ToolResult)
        /// Broken off by an error of the protocol or the server.
        case failed(ProtocolError)
        /// Stopped because the client asked for it.
        case cancelled

        /// Whether nothing more will happen.
        public var isFinal: Bool {
            switch self {
            case .working, .inputRequired: false
            case .completed, .failed, .cancelled: true
            }
        }

        var name: String {
            switch self {
            case .working: "working"
            case .inputRequired: "input_required"
            case .completed: "completed"
            case .failed: "failed"
            case .cancelled: "cancelled"
            }
        }
    }

    /// A request to the client that has not been answered.
    public struct Question: Sendable, Hashable {
        /// Its name within the task.
        public let key: String
        /// What is asked for.
        public let request: InputRequest

        /// A question under a name.
        public init(key: String, request: InputRequest) { (self.key, self.request) = (key, request) }
    }

    /// The name that clients ask by: unguessable, or the identifier of something that is checked against the caller.
    public let id: String
    /// Where the work is.
    public var status: Status
    /// One line for people on it.
    public var message: String?
    /// When it began.
    public let createdAt: Date
    /// When this state began.
    public var updatedAt: Date
    /// How long after its beginning it can be asked for; nil for no promise.
    public let lifetime: Duration?
    /// How often it is worth asking.
    public let pollInterval: Duration?

    /// - Parameters:
    ///   - id: the name that clients ask by.
    ///   - status: where the work is.
    ///   - message: one line for people on it.
    ///   - createdAt: when it began.
    ///   - updatedAt: when this state began.
    ///   - lifetime: how long after its beginning it can be asked for; nil for no promise.
    ///   - pollInterval: how often it is worth asking.
    public init(
        id: String, status: Status = .working, message: String? = nil, createdAt: Date, updatedAt: Date, lifetime: Duration? = nil,
        pollInterval: Duration? = .seconds(2)
    ) {
        self.id = id
        self.status = status
        self.message = message
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lifetime = lifetime
        self.pollInterval = pollInterval
    }

    /// The members of every answer about a task, as the extension has them.
    var json: JSONObject {
        var object: JSONObject = [
            "taskId": .string(id), "status": .string(status.name), "createdAt": .string(Self.text(createdAt)),
            "lastUpdatedAt": .string(Self.text(updatedAt)),
            "ttlMs": lifetime.map { .integer(max(1, Int($0.milliseconds))) } ?? .null,
        ]
        object["pollIntervalMs"] = pollInterval.map { .integer(max(1, Int($0.milliseconds))) }
        object["statusMessage"] = message.map(JSONValue.string)
        return object
    }

    /// The answer to `tasks/get`, with the outcome or what is asked for.
    func detail(for version: ProtocolVersion) -> JSONObject {
        var object = json
        switch status {
        case .working, .cancelled: break
        case .inputRequired(let questions):
            object["inputRequests"] = .object(JSONObject(questions.map { ($0.key, $0.request.json) }))
        case .completed(let result): object["result"] = .object(result.json(for: version))
        case .failed(let error): object["error"] = error.json
        }
        return object
    }

    private static func text(_ date: Date) -> String { date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)) }
}
