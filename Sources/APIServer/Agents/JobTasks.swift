import Domain
import FoundationEssentials
import MCP
import Primitives

/// Ingestion jobs as tasks of the protocol. The row of the job is the task: it is there before the client hears of it, any replica reads it, and
/// it outlives them all.
struct JobTasks: TaskProvider {
    let jobs: any JobStore

    func task(_ id: String, context: MCP.RequestContext<Principal>) async throws -> TaskState? {
        guard let job = Self.identifier(id, context) else { return nil }
        return try await jobs.job(job, access: context.principal.access).map(Self.state)
    }

    /// No job asks its client for anything.
    func update(_ id: String, responses: JSONObject, context: MCP.RequestContext<Principal>) async throws -> Bool {
        try await task(id, context: context) != nil
    }

    func cancel(_ id: String, context: MCP.RequestContext<Principal>) async throws -> Bool {
        guard let job = Self.identifier(id, context) else { return false }
        return try await jobs.requestStop(job, access: context.principal.access) != nil
    }

    /// The job of a task; nil for callers who may not ingest, to whom the tools that follow jobs do not exist either.
    private static func identifier(_ id: String, _ context: MCP.RequestContext<Principal>) -> JobID? {
        context.principal.scopes.contains(.ingest) ? JobID(id) : nil
    }

    /// `job` as its client sees it.
    static func state(of job: Job) -> TaskState {
        let status = IngestTools.Status(job: job)
        let result = Tool<Principal>.result(status, text: { $0.text })
        let state: TaskState.Status =
            switch job.status {
            case .pending, .crawling, .parsing, .embedding, .indexing: .working
            case .completed: .completed(result)
            case .failed: .completed(ToolResult(content: result.content, structured: result.structured, isError: true))
            case .stopped: .cancelled
            }
        return TaskState(
            id: job.id.description, status: state, message: status.text, createdAt: job.createdAt,
            updatedAt: job.finishedAt ?? job.startedAt ?? job.createdAt)
    }
}
