public import FoundationEssentials
import Primitives

/// Runs the work of tools as tasks of this process.
///
/// The state of a task is in a store that all replicas share, and a hub tells the replica that does the work of answers and of the wish to stop.
/// The work itself ends with its process; a task whose process was lost stays `working` until its lifetime is over. Work that has to survive
/// belongs into a queue, and a ``TaskProvider`` of its own in front of it.
///
/// ```swift
/// Tool(deferringContent: "count", description: "Counts slowly") { (_: NoInput, context) in
///     .later(try await runner.start(for: context) { task in ToolResult(content: [.text("done")]) })
/// }
/// ```
public final class TaskRunner<Principal: Sendable>: TaskProvider {
    private let store: any TaskStore
    private let hub: MessageHub
    private let now: @Sendable () -> Date
    private let limit: Int
    private let running = Locked(0)

    /// - Parameters:
    ///   - store: where the tasks are kept.
    ///   - hub: the one of the endpoint.
    ///   - limit: how many may run at the same time in this process.
    ///   - now: the clock on the wall.
    public init(store: any TaskStore, hub: MessageHub, limit: Int = 100, now: @escaping @Sendable () -> Date = { Date() }) {
        (self.store, self.hub, self.limit, self.now) = (store, hub, limit, now)
    }

    /// What the work of a task can do beside working.
    public struct Handle: Sendable {
        let runner: TaskRunner
        let id: String

        /// Asks the client, and waits for its answers.
        ///
        /// - Parameter requests: what is asked for, each under a name that no other request of the task has.
        public func ask(_ requests: [(key: String, request: InputRequest)]) async throws -> InputAnswers {
            try await runner.ask(requests, task: id)
        }

        /// Tells the client how far the work is, in one line.
        public func report(_ message: String) async throws {
            try await runner.change(id) { $0.state.message = message }
        }
    }

    /// Begins a task: it is stored when this returns, and its work has begun.
    ///
    /// - Parameters:
    ///   - context: the request that it comes from.
    ///   - lifetime: how long it can be asked for; the work is cancelled then, if it has not ended.
    ///   - pollInterval: how often it is worth asking.
    ///   - work: makes the result. Throws as the handler of a tool does. Cancelled when the client asks for that.
    /// - Throws: `ToolFailure` when too many tasks run; what the store throws.
    public func start(
        for context: RequestContext<Principal>, lifetime: Duration = .seconds(3600), pollInterval: Duration = .seconds(1),
        work: @escaping @Sendable (Handle) async throws -> ToolResult
    ) async throws -> TaskState {
        let isAllowed = running.withLock { running in
            guard running < limit else { return false }
            running += 1
            return true
        }
        guard isAllowed else { throw ToolFailure("Too many tasks are going on.", hint: "Try again later.", isRetryable: true) }
        let date = now()
        let state = TaskState(
            id: Token.random(), createdAt: date, updatedAt: date, lifetime: lifetime, pollInterval: pollInterval)
        do {
            try await store.insert(TaskRecord(state: state, owner: context.owner))
        } catch {
            running.withLock { $0 -= 1 }
            throw error
        }
        // Loose: the work outlives the request that it comes from. Its lifetime and `tasks/cancel` bound it.
        Task {
            await run(state.id, lifetime: lifetime, work: work)
            running.withLock { $0 -= 1 }
        }
        return state
    }

    private func run(_ id: String, lifetime: Duration, work: @escaping @Sendable (Handle) async throws -> ToolResult) async {
        let isCancelled = Locked(false)
        let task = Task { try await work(Handle(runner: self, id: id)) }
        let listening = hub.listen(to: Self.topic(id)) { message in
            guard message["cancel"] == true else { return }
            isCancelled.withLock { $0 = true }
            task.cancel()
        }
        // A wish to stop that came before anybody listened.
        if let record = try? await store.record(id), record.isCancelRequested {
            isCancelled.withLock { $0 = true }
            task.cancel()
        }
        let timer = Task {
            try await Task.sleep(for: lifetime)
            task.cancel()
        }
        let outcome = await task.result
        timer.cancel()
        withExtendedLifetime(listening) {}
        let status: TaskState.Status
        switch outcome {
        case .success(let result): status = .completed(result)
        case .failure where isCancelled.withLock({ $0 }): status = .cancelled
        case .failure(let error as ProtocolError): status = .failed(error)
        case .failure(let error as ToolFailure): status = .completed(.failure(error.description))
        case .failure(let error as ArgumentIssues): status = .completed(.failure(error.description))
        case .failure: status = .failed(ProtocolError(.internalError, "Internal error"))
        }
        try? await change(id) { $0.state.status = status }
    }

    private static func topic(_ id: String) -> String { "task \(id)" }

    /// Changes the record; does nothing when the task has ended or is gone.
    private func change(_ id: String, _ change: (inout TaskRecord) -> Void) async throws {
        while let record = try await store.record(id), !record.state.status.isFinal {
            let date = now()
            let changed = record.changed {
                change(&$0)
                $0.state.updatedAt = date
            }
            if try await store.replace(changed) { return }
        }
    }

    private func ask(_ requests: [(key: String, request: InputRequest)], task id: String) async throws -> InputAnswers {
        let (signals, signal) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let listening = hub.listen(to: Self.topic(id)) { _ in signal.yield() }
        defer { withExtendedLifetime(listening) {} }
        let questions = requests.map { TaskState.Question(key: $0.key, request: $0.request) }
        try await change(id) { record in
            record.state.status = .inputRequired(questions.filter { record.responses[$0.key] == nil })
        }
        // Once without a signal: the answers may have come between the change and the listening.
        signal.yield()
        for await _ in signals {
            guard let record = try await store.record(id), !record.state.status.isFinal else { throw CancellationError() }
            var answers: [String: InputAnswer] = [:]
            for (key, request) in requests {
                if let raw = record.responses[key] { answers[key] = try request.answer(raw, key: key) }
            }
            guard answers.count == requests.count else { continue }
            return InputAnswers(answers)
        }
        throw CancellationError()
    }

    // MARK: - What clients ask for

    public func task(_ id: String, context: RequestContext<Principal>) async throws -> TaskState? {
        try await own(id, context)?.state
    }

    private func own(_ id: String, _ context: RequestContext<Principal>) async throws -> TaskRecord? {
        guard let record = try await store.record(id), record.owner == context.owner else { return nil }
        return record
    }

    public func update(_ id: String, responses: JSONObject, context: RequestContext<Principal>) async throws -> Bool {
        guard let record = try await own(id, context) else { return false }
        guard case .inputRequired(let questions) = record.state.status else { return true }
        let known = questions.compactMap { question in responses[question.key].map { (question, $0) } }
        for (question, value) in known { _ = try question.request.answer(value, key: question.key) }
        guard !known.isEmpty else { return true }
        try await change(id) { record in
            guard case .inputRequired(let open) = record.state.status else { return }
            for (question, value) in known { record.responses[question.key] = value }
            let left = open.filter { record.responses[$0.key] == nil }
            record.state.status = left.isEmpty ? .working : .inputRequired(left)
        }
        hub.send(["updated": true], to: Self.topic(id))
        return true
    }

    public func cancel(_ id: String, context: RequestContext<Principal>) async throws -> Bool {
        guard let record = try await own(id, context) else { return false }
        guard !record.state.status.isFinal else { return true }
        try await change(id) { $0.isCancelRequested = true }
        hub.send(["cancel": true], to: Self.topic(id))
        return true
    }
}
