import Primitives

/// Threads of its own for work that keeps a core busy: `lanes` for batches, which serve queries first, and one for queries only.
final class ComputePool: Sendable {
    /// Computes the vectors of one part of a request; runs on a lane.
    typealias Work = @Sendable ([String]) throws(InferenceError) -> [[Float]]

    private struct State {
        var queue: LaneQueue
        var requests: [Int: EmbeddingRequest] = [:]
        var nextNumber = 0
        var isClosed = false
    }

    private let monitor: Monitor<State>
    private let threads: Locked<[DedicatedThread]>

    /// Starts the threads. Throws `InferenceError` (`outOfResources`).
    init(lanes: Int, capacity: LaneQueue.Capacity, work: @escaping Work) throws(InferenceError) {
        monitor = Monitor(State(queue: LaneQueue(capacity: capacity)))
        threads = Locked([])
        // The threads hold the monitor, not the pool: the last reference to the pool then ends them.
        let monitor = monitor
        for lane in 0...max(1, lanes) {
            let queriesOnly = lane == 0
            do {
                let thread = try DedicatedThread(name: queriesOnly ? "embed-query" : "embed-\(lane)") {
                    Self.serve(monitor, queriesOnly: queriesOnly, work: work)
                }
                threads.withLock { $0.append(thread) }
            } catch {
                shutDown()
                throw error
            }
        }
    }

    deinit { shutDown() }

    /// Texts that wait for a lane.
    var waiting: Int { monitor.update { $0.queue.waiting } }

    /// Runs the parts of a request on the lanes and returns their results in order.
    ///
    /// Cancellation ends the wait at once with `CancellationError`: parts not begun are dropped, begun ones run out unseen.
    /// Throws `InferenceError`: `overloaded` when there is no room, `closed` after `shutDown`, or what the work threw.
    func run(_ parts: [[String]], priority: EmbeddingPriority) async throws -> [[Float]] {
        let number = monitor.update { state in
            state.nextNumber += 1
            return state.nextNumber
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                submit(EmbeddingRequest(parts: parts, continuation: continuation), number: number, priority: priority)
            }
        } onCancel: {
            withdraw(number)
        }
    }

    /// Refuses new requests, fails the waiting ones with `closed`, waits for the parts under way, and ends the threads.
    ///
    /// Blocks for at most the time of one part. The second call returns at once.
    func shutDown() {
        let abandoned = monitor.update { state in
            state.isClosed = true
            state.requests.keys.forEach { state.queue.withdraw($0) }
            defer { state.requests = [:] }
            return Array(state.requests.values)
        }
        for request in abandoned { request.finish(.failure(InferenceError(.closed, "the encoder was shut down"))) }
        let ending = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        ending.forEach { $0.join() }
    }

    // MARK: - Requests

    private func submit(_ request: EmbeddingRequest, number: Int, priority: EmbeddingPriority) {
        let refusal: (any Error)? = monitor.update { state in
            // Cancellation may come first, when there is nothing to withdraw yet.
            if Task.isCancelled { return CancellationError() }
            if state.isClosed { return InferenceError(.closed, "the encoder was shut down") }
            guard state.queue.submit(number, weights: request.parts.map(\.count), priority: priority) else {
                return InferenceError(.overloaded, "\(state.queue.waiting) texts are waiting to be embedded")
            }
            state.requests[number] = request
            return nil
        }
        if let refusal { request.finish(.failure(refusal)) }
    }

    private func withdraw(_ number: Int) {
        let request = monitor.update { state in
            state.queue.withdraw(number)
            return state.requests.removeValue(forKey: number)
        }
        request?.finish(.failure(CancellationError()))
    }

    // MARK: - Lanes

    private static func serve(_ monitor: Monitor<State>, queriesOnly: Bool, work: Work) {
        while let (item, request) = next(monitor, queriesOnly: queriesOnly) {
            let isDone: Bool
            do {
                isDone = request.complete(part: item.part, with: try work(request.parts[item.part]))
            } catch {
                request.finish(.failure(error))
                isDone = true
            }
            guard isDone else { continue }
            monitor.update { state in
                state.queue.withdraw(item.request)
                state.requests[item.request] = nil
            }
        }
    }

    private static func next(_ monitor: Monitor<State>, queriesOnly: Bool) -> (LaneQueue.Item, EmbeddingRequest)? {
        monitor.wait { state -> (LaneQueue.Item, EmbeddingRequest)?? in
            if state.isClosed { return .some(nil) }
            // A request leaves the queue whenever it leaves the table, so that what is taken has an entry.
            guard let item = state.queue.take(queriesOnly: queriesOnly), let request = state.requests[item.request] else { return nil }
            return (item, request)
        }
    }
}
