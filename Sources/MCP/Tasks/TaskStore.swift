/// Where ``TaskRunner`` keeps its tasks: durable, and the same for all replicas, if tasks are to be.
public protocol TaskStore: Sendable {
    /// Stores a new task; returns when it is safe.
    func insert(_ record: TaskRecord) async throws

    /// The task `id`; nil when there is none or its lifetime is over.
    func record(_ id: String) async throws -> TaskRecord?

    /// Stores `record` in place of the one whose revision is one less.
    ///
    /// - Returns: false when the task is at another revision by now, or gone: read it again.
    func replace(_ record: TaskRecord) async throws -> Bool
}

/// A task as it is stored.
public struct TaskRecord: Sendable, Hashable {
    /// What clients see.
    public internal(set) var state: TaskState
    /// Whose it is.
    public let owner: String
    /// Counts its changes.
    public internal(set) var revision = 0
    /// What the client has answered, by the names of the requests.
    public internal(set) var responses = JSONObject()
    /// Whether the client has asked it to stop.
    public internal(set) var isCancelRequested = false

    init(state: TaskState, owner: String) { (self.state, self.owner) = (state, owner) }

    /// The record after `change`, one revision on.
    func changed(_ change: (inout TaskRecord) -> Void) -> TaskRecord {
        var copy = self
        change(&copy)
        copy.revision += 1
        return copy
    }
}
