import Primitives
import Resilience
import Testing

@Suite struct RetryPolicyTests {
    private struct Ill: Error {}
    private let time = FakeTime()

    private func run(
        _ policy: RetryPolicy, within limit: Duration? = nil, budget: RetryBudget? = nil, advice: RetryAdvice = .retry(after: nil),
        succeedingAt success: Int = .max
    ) async throws -> Int {
        try await policy.run(
            deadline: limit.map { Deadline(time.now.advanced(by: $0)) }, budget: budget, now: { time.now },
            sleep: { time.sleep($0) }, advice: { _ in advice }
        ) { attempt in
            guard attempt >= success else { throw Ill() }
            return attempt
        }
    }

    @Test func `it tries again until success with delays within the caps`() async throws {
        #expect(try await run(RetryPolicy(attempts: 5), succeedingAt: 4) == 4)
        #expect(time.sleeps.count == 3)
        for (delay, cap) in zip(time.sleeps, [2, 4, 8]) { #expect((.zero ... .seconds(cap)).contains(delay)) }
    }

    @Test func `it gives up after its attempts with the last error`() async {
        await #expect(throws: Ill.self) { try await run(RetryPolicy(attempts: 3)) }
        #expect(time.sleeps.count == 2)
    }

    @Test func `permanent errors are not tried again`() async {
        await #expect(throws: Ill.self) { try await run(RetryPolicy(attempts: 5), advice: .permanent) }
        #expect(time.sleeps.isEmpty)
    }

    @Test func `the dependency's own time replaces the back-off`() async throws {
        #expect(try await run(RetryPolicy(), advice: .retry(after: .seconds(33)), succeedingAt: 2) == 2)
        #expect(time.sleeps == [.seconds(33)])
        await #expect(throws: Ill.self) { try await run(RetryPolicy(), advice: .retry(after: .seconds(901))) }
        #expect(time.sleeps.count == 1)
    }

    @Test func `no wait is begun that the deadline would cut`() async {
        await #expect(throws: Ill.self) {
            try await run(RetryPolicy(attempts: 10), within: .seconds(10), advice: .retry(after: .seconds(4)))
        }
        #expect(time.sleeps == [.seconds(4), .seconds(4)])
    }

    @Test func `a budget bounds the retries of all callers together`() async {
        let budget = RetryBudget(share: 0.5, capacity: 3)
        for _ in 0..<10 { await #expect(throws: Ill.self) { try await run(RetryPolicy(attempts: 2), budget: budget) } }
        #expect(time.sleeps.count == 3)
        budget.earn()
        budget.earn()
        #expect(budget.spend())
        #expect(!budget.spend())
    }

    @Test func `cancellation ends the attempts`() async {
        await #expect(throws: CancellationError.self) {
            try await RetryPolicy(attempts: 5).run(sleep: { _ in Issue.record("slept") }, advice: { _ in .retry(after: nil) }) { _ in
                throw CancellationError()
            }
        }
    }
}
