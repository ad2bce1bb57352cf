package import Primitives

/// Lends at most `maximumSize` resources, one caller each, to callers in order of arrival.
///
/// Resources are made on demand by the caller that needs one, so a failure to make one reaches that caller, as thrown.
package final class LeasePool<Resource: Sendable>: Sendable {
    private typealias Machine = PoolMachine<Resource>
    private typealias Continuation = CheckedContinuation<Result<Machine.Grant, PoolError>, Never>

    private struct State {
        var machine: Machine
        var continuations: [Machine.Waiter: Continuation] = [:]
        /// Answers to waiters that have not suspended yet.
        var early: [Machine.Waiter: Result<Machine.Grant, PoolError>] = [:]
    }

    private let state: Locked<State>
    private let make: @Sendable (Deadline) async throws -> Resource
    private let isUsable: @Sendable (Resource) -> Bool
    private let dispose: @Sendable (Resource) -> Void

    /// - Parameters:
    ///   - maximumSize: resources that may exist at once; at least 1.
    ///   - maximumWaiters: callers that may wait at once; more are refused with `PoolError.exhausted`.
    ///   - make: makes a resource before the deadline, or throws.
    ///   - isUsable: whether an idle resource still works; a broken one is replaced.
    ///   - dispose: ends a resource; must not block.
    package init(
        maximumSize: Int, maximumWaiters: Int, make: @escaping @Sendable (Deadline) async throws -> Resource,
        isUsable: @escaping @Sendable (Resource) -> Bool, dispose: @escaping @Sendable (Resource) -> Void
    ) {
        state = Locked(State(machine: PoolMachine(maximumSize: maximumSize, maximumWaiters: maximumWaiters)))
        (self.make, self.isUsable, self.dispose) = (make, isUsable, dispose)
    }

    /// Waits for a resource until `deadline`. The caller must `release` what it gets, exactly once.
    ///
    /// Throws `PoolError` for the wait, or what making a resource threw. After cancellation nothing is held.
    package func acquire(deadline: Deadline) async throws -> Resource {
        let grant: Machine.Grant
        switch state.withLock({ $0.machine.acquire(at: .now) }) {
        case .grant(let granted): grant = granted
        case .refuse(let error): throw error
        case .wait(let waiter): grant = try await wait(as: waiter, until: deadline).get()
        }
        if case .resource(let resource) = grant {
            if isUsable(resource) { return resource }
            perform([state.withLock { $0.machine.replace(resource) }])
        }
        do {
            let resource = try await make(deadline)
            state.withLock { $0.machine.created() }
            return resource
        } catch {
            perform(state.withLock { $0.machine.creationFailed(at: .now) })
            throw error
        }
    }

    /// Gives a resource back. One that is not reusable is disposed of, and its place goes to the next caller.
    package func release(_ resource: Resource, isReusable: Bool) {
        perform(state.withLock { $0.machine.release(resource, isReusable: isReusable, at: .now) })
    }

    /// Disposes of idle resources, so that the next callers get new ones.
    package func discardIdle() { perform(state.withLock { $0.machine.discardIdle() }) }

    /// Refuses waiters and newcomers and disposes of idle resources; those in use are disposed of when they are released.
    package func close() { perform(state.withLock { $0.machine.close(at: .now) }) }

    /// The counts at this moment.
    package var snapshot: PoolSnapshot { state.withLock { $0.machine.snapshot } }

    private func wait(as waiter: Machine.Waiter, until deadline: Deadline) async -> Result<Machine.Grant, PoolError> {
        // The alarm is a child of the wait: leaving the scope cancels it.
        async let _: Void = expire(waiter, at: deadline)
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Continuation) in
                // The machine may have been closed, or this task cancelled, between the decision to wait and here.
                perform(
                    state.withLock { state in
                        state.continuations[waiter] = continuation
                        guard let early = state.early.removeValue(forKey: waiter) else { return [] }
                        return [.resume(waiter, early)]
                    })
            }
        } onCancel: {
            abandon(waiter, reason: .cancelled)
        }
        return result
    }

    private func expire(_ waiter: Machine.Waiter, at deadline: Deadline) async {
        guard (try? await ContinuousClock().sleep(until: deadline.instant)) != nil else { return }
        abandon(waiter, reason: .timeout)
    }

    private func abandon(_ waiter: Machine.Waiter, reason: PoolError) {
        perform(state.withLock { $0.machine.abandon(waiter, reason: reason, at: .now) })
    }

    private func perform(_ actions: [Machine.Action]) {
        for action in actions {
            switch action {
            case .dispose(let resource): dispose(resource)
            case .resume(let waiter, let result):
                let continuation = state.withLock { state in
                    let continuation = state.continuations.removeValue(forKey: waiter)
                    if continuation == nil { state.early[waiter] = result }
                    return continuation
                }
                continuation?.resume(returning: result)
            }
        }
    }
}
