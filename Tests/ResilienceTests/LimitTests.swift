import Primitives
import Resilience
import Testing

@Suite struct LimitTests {
    private let start = ContinuousClock.now

    @Test func `a bucket gives its burst, then its rate`() {
        var bucket = TokenBucket(capacity: 10, perSecond: 1, at: start)
        for left in (0..<10).reversed() { #expect(bucket.take(at: start) == .allowed(remaining: left)) }
        #expect(bucket.take(at: start) == .refused(retryAfter: .seconds(1)))
        #expect(bucket.take(at: start.advanced(by: .milliseconds(500))) == .refused(retryAfter: .milliseconds(500)))
        #expect(bucket.take(at: start.advanced(by: .seconds(1))) == .allowed(remaining: 0))
        #expect(bucket.take(10, at: start.advanced(by: .seconds(1000))) == .allowed(remaining: 0))
        #expect(bucket.timeToFull(at: start.advanced(by: .seconds(1000))) == .seconds(10))
    }

    @Test func `time that goes back gives nothing`() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1, at: start)
        #expect(bucket.take(at: start) == .allowed(remaining: 0))
        #expect(bucket.take(at: start.advanced(by: .seconds(-100))) == .refused(retryAfter: .seconds(1)))
    }

    @Test func `never more than the limit runs, and everyone has a turn`() async throws {
        let bulkhead = Bulkhead(name: "b", limit: 3, waitLimit: 100)
        let running = Locked((now: 0, most: 0))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<100 {
                group.addTask {
                    try await bulkhead.run {
                        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
                        for _ in 0..<5 { await Task.yield() }
                        running.withLock { $0.now -= 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(running.withLock { $0.most } <= 3)
        #expect(bulkhead.snapshot == Bulkhead.Snapshot(running: 0, waiting: 0))
    }

    /// Holds the only place of a bulkhead while `body` runs.
    private func whileFull(_ bulkhead: Bulkhead, _ body: () async throws -> Void) async throws {
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        let (gate, open) = AsyncStream.makeStream(of: Void.self)
        let holder = Task {
            try await bulkhead.run {
                enter.finish()
                for await _ in gate {}
            }
        }
        for await _ in entered {}
        try await body()
        open.finish()
        try await holder.value
    }

    @Test func `who finds the waiting room full is refused`() async throws {
        let bulkhead = Bulkhead(name: "b", limit: 1, waitLimit: 0)
        try await whileFull(bulkhead) {
            let error = await #expect(throws: ResilienceError.self) { try await bulkhead.run {} }
            #expect(error?.code == .bulkheadFull)
        }
        try await bulkhead.run {}
    }

    @Test func `a wait ends with its deadline and leaves no trace`() async throws {
        let bulkhead = Bulkhead(name: "b", limit: 1, waitLimit: 1)
        try await whileFull(bulkhead) {
            for _ in 0..<3 {
                let error = await #expect(throws: ResilienceError.self) {
                    try await bulkhead.run(deadline: .after(.seconds(100)), sleep: { _ in }) { Issue.record("ran") }
                }
                #expect(error?.code == .timeout)
            }
            #expect(bulkhead.snapshot == Bulkhead.Snapshot(running: 1, waiting: 0))
        }
        #expect(bulkhead.snapshot == Bulkhead.Snapshot(running: 0, waiting: 0))
    }

    @Test func `a cancelled wait leaves no trace`() async throws {
        let bulkhead = Bulkhead(name: "b", limit: 1, waitLimit: 1)
        try await whileFull(bulkhead) {
            for _ in 0..<20 {
                let waiter = Task { try await bulkhead.run { Issue.record("ran") } }
                waiter.cancel()
                let error = await #expect(throws: ResilienceError.self) { try await waiter.value }
                #expect(error?.code == .cancelled)
            }
        }
        #expect(bulkhead.snapshot == Bulkhead.Snapshot(running: 0, waiting: 0))
    }

    @Test func `a body that throws gives its place back`() async throws {
        struct Ill: Error {}
        let bulkhead = Bulkhead(name: "b", limit: 1, waitLimit: 0)
        for _ in 0..<3 { await #expect(throws: Ill.self) { try await bulkhead.run { throw Ill() } } }
        #expect(bulkhead.snapshot.running == 0)
    }
}
