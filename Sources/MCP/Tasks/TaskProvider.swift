/// The tasks of a server (extension `io.modelcontextprotocol/tasks`). Any replica must be able to answer for each of them.
///
/// A server whose work is durable already, as jobs in a database, answers from there; ``TaskRunner`` is for work inside of the process.
public protocol TaskProvider<Principal>: Sendable {
    /// What the server knows about its caller.
    associatedtype Principal: Sendable

    /// The task `id`; nil when there is none, or none of the caller's. A task must be found as soon as its name has been given out.
    func task(_ id: String, context: RequestContext<Principal>) async throws -> TaskState?

    /// Takes answers to what the task asks for, by the names of the requests. Unknown names are ignored.
    ///
    /// - Returns: false when there is no such task.
    /// - Throws: `ProtocolError` for an answer of the wrong shape.
    func update(_ id: String, responses: JSONObject, context: RequestContext<Principal>) async throws -> Bool

    /// Asks the work to stop; it may take its time, and a task that has ended stays as it is.
    ///
    /// - Returns: false when there is no such task.
    func cancel(_ id: String, context: RequestContext<Principal>) async throws -> Bool
}

/// What a tool answers that may put its work off: a result now, or a task that will have it.
public enum Deferred<Output: Sendable>: Sendable {
    /// The result.
    case now(Output)
    /// A task, which is stored already: any replica finds it. Only for clients that take tasks.
    case later(TaskState)
}

extension RequestContext {
    /// Whether the client takes a task for an answer.
    public var acceptsTasks: Bool {
        version.era == .modern && clientCapabilities["extensions"]?[TaskExtension.name]?.objectValue != nil
    }
}

/// The extension for tasks.
enum TaskExtension {
    static let name = "io.modelcontextprotocol/tasks"

    /// What a client must declare.
    static let capability: JSONObject = ["extensions": [name: [:]]]
}
