import Primitives
import Testing

@testable import Inference

struct ComputePoolTests {
    /// Work that stops at the texts "hold" until it is let go, and records what it began.
    private final class Gate: Sendable {
        struct State {
            var begun: [String] = []
            var isOpen = false
        }
        let monitor = Monitor(State())

        func work(_ texts: [String]) throws(InferenceError) -> [[Float]] {
            monitor.update { $0.begun += texts }
            if texts.contains("fail") { throw InferenceError(.outOfResources, "as asked") }
            if texts.contains("hold") { monitor.wait { $0.isOpen ? () : nil } }
            return texts.map { [Float($0.utf8.count)] }
        }

        var begun: [String] { monitor.update { $0.begun } }
        func open() { monitor.update { $0.isOpen = true } }
        /// Suspends until `text` is on a lane.
        func reached(_ text: String) async { while !begun.contains(text) { await Task.yield() } }
    }

    private let gate = Gate()
    private let pool: ComputePool

    init() throws {
        let gate = gate
        pool = try ComputePool(lanes: 1, capacity: .init(batches: 4, queries: 2)) { texts throws(InferenceError) in try gate.work(texts) }
    }

    @Test
    func `results keep the order of the texts`() async throws {
        let parts = (1...40).map { [String(repeating: "x", count: $0)] }
        #expect(try await pool.run(parts, priority: .batch) == (1...40).map { [Float($0)] })
    }

    @Test
    func `a query is answered while a batch holds the only lane`() async throws {
        async let batch = pool.run([["hold"], ["after"]], priority: .batch)
        await gate.reached("hold")
        #expect(try await pool.run([["query"]], priority: .query) == [[5]])
        #expect(gate.begun == ["hold", "query"])
        gate.open()
        #expect(try await batch == [[4], [5]])
    }

    @Test
    func `cancellation ends the wait at once and drops what was not begun`() async throws {
        let pool = pool
        let task = Task { try await pool.run([["hold"], ["never"]], priority: .batch) }
        await gate.reached("hold")
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(pool.waiting == 0)
        gate.open()
        #expect(try await pool.run([["next"]], priority: .batch) == [[4]])
        #expect(gate.begun == ["hold", "next"])
    }

    @Test
    func `a task cancelled beforehand is not queued`() async {
        let pool = pool
        let task = Task {
            unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
            return try await pool.run([["never"]], priority: .batch)
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(gate.begun.isEmpty)
    }

    @Test
    func `a full queue refuses with an error that invites a retry`() async throws {
        async let held = pool.run([["hold"]], priority: .batch)
        await gate.reached("hold")
        async let waiting = pool.run([["a", "b", "c", "d"]], priority: .batch)
        while pool.waiting < 4 { await Task.yield() }
        let error = await #expect(throws: InferenceError.self) { try await pool.run([["e"]], priority: .batch) }
        #expect(error?.code == .overloaded && error?.isRetryable == true)
        gate.open()
        #expect(try await held.count + waiting.count == 5)
    }

    @Test
    func `a failing part fails its request and no other`() async throws {
        let pool = pool
        let failing = Task { try await pool.run([["fail"], ["never"]], priority: .query) }
        async let other = pool.run([["other"]], priority: .batch)
        #expect(try await other == [[5]])
        await #expect(throws: InferenceError.self) { try await failing.value }
        #expect(pool.waiting == 0)
    }

    @Test
    func `shutdown fails what waits and lets the part under way finish`() async throws {
        let pool = pool
        let held = Task { try await pool.run([["hold"], ["never"]], priority: .batch) }
        await gate.reached("hold")
        let waiting = Task { try await pool.run([["never"]], priority: .batch) }
        while pool.waiting < 2 { await Task.yield() }
        let closing = Task { @concurrent in pool.shutDown() }
        for task in [held, waiting] {
            let error = await #expect(throws: InferenceError.self) { try await task.value }
            #expect(error?.code == .closed)
        }
        gate.open()
        await closing.value
        #expect(gate.begun == ["hold"])
    }

    @Test
    func `many tasks share the pool`() async throws {
        let pool = try ComputePool(lanes: 2, capacity: .init(batches: 10_000, queries: 10_000)) { texts throws(InferenceError) in
            texts.map { [Float($0.utf8.count)] }
        }
        try await withThrowingTaskGroup { group in
            for count in 1...200 {
                group.addTask {
                    let parts = (1...count % 7 + 1).map { Array(repeating: String(repeating: "x", count: count), count: $0) }
                    let vectors = try await pool.run(parts, priority: count.isMultiple(of: 3) ? .query : .batch)
                    #expect(vectors == Array(repeating: [Float(count)], count: parts.joined().count))
                }
            }
            try await group.waitForAll()
        }
        #expect(pool.waiting == 0)
    }
}
