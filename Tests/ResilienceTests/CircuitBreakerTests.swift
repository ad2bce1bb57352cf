import Primitives
import Resilience
import Testing

@Suite struct CircuitBreakerTests {
    private struct Ill: Error {}
    private let time = FakeTime()

    private func breaker(_ store: any BreakerStore, classify: @escaping @Sendable (any Error) -> CircuitOutcome = { _ in .failure })
        -> CircuitBreaker
    {
        CircuitBreaker(name: "embedder", store: store, now: { [time] in time.now }, random: { 0 }, classify: classify)
    }

    @Test func `an ill dependency is not called any more until its time`() async throws {
        let breaker = breaker(LocalBreakerStore())
        for _ in 0..<5 { await #expect(throws: Ill.self) { try await breaker.call { throw Ill() } } }
        let error = await #expect(throws: ResilienceError.self) {
            try await breaker.call { Issue.record("called although open") }
        }
        #expect(error?.code == .circuitOpen)
        #expect(error?.retryAfter == .seconds(60))
        time.advance(by: .seconds(60))
        for _ in 0..<3 { #expect(try await breaker.call { 7 } == 7) }
        let snapshot = await breaker.snapshot()
        #expect(snapshot.state == .closed)
        #expect(snapshot.counts == BreakerCounts(calls: 8, successes: 3, failures: 5, neutral: 0, blocked: 1))
    }

    @Test func `a returned value can be a failure`() async throws {
        let breaker = breaker(LocalBreakerStore())
        for _ in 0..<5 { _ = try await breaker.call(outcome: { CircuitOutcome(httpStatus: $0) }) { 503 } }
        #expect(await breaker.snapshot().state == .open)
    }

    @Test func `errors that say nothing about the dependency are neutral`() async {
        let breaker = breaker(LocalBreakerStore(), classify: { _ in .neutral })
        for _ in 0..<20 { await #expect(throws: Ill.self) { try await breaker.call { throw Ill() } } }
        #expect(await breaker.snapshot().state == .closed)
    }

    @Test func `cancellation is neutral`() async {
        let breaker = breaker(LocalBreakerStore())
        for _ in 0..<10 {
            let task = Task {
                try await breaker.call {
                    unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                    throw Ill()
                }
            }
            await #expect(throws: Ill.self) { try await task.value }
            await #expect(throws: CancellationError.self) { try await breaker.call { throw CancellationError() } }
        }
        let snapshot = await breaker.snapshot()
        #expect(snapshot.state == .closed)
        #expect(snapshot.counts.neutral == 20)
    }

    @Test func `of fifty callers at once three pass while half open`() async throws {
        let store = LocalBreakerStore()
        let breaker = breaker(store)
        for _ in 0..<5 { await #expect(throws: Ill.self) { try await breaker.call { throw Ill() } } }
        time.advance(by: .seconds(60))
        let (stream, gate) = AsyncStream.makeStream(of: Void.self)
        let (refusals, refused) = AsyncStream.makeStream(of: Void.self)
        let passed = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    do {
                        return try await breaker.call {
                            for await _ in stream {}
                            return true
                        }
                    } catch is ResilienceError {
                        refused.yield()
                        return false
                    }
                }
            }
            var count = 0
            for await _ in refusals {
                count += 1
                if count == 47 { break }
            }
            gate.finish()
            return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(passed == 3)
        #expect(store.snapshot(at: .now).state == .closed)
    }
}
