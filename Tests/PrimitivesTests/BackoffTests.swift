import Primitives
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [(1, 2.0), (2, 4.0), (3, 8.0), (6, 60.0), (40, 60.0)])
    func `the cap doubles with each attempt up to the limit`(attempt: Int, seconds: Double) {
        #expect(Backoff(base: .seconds(2), limit: .seconds(60)).cap(afterAttempt: attempt).seconds == seconds)
    }

    @Test func `a delay lies between zero and its cap`() {
        let backoff = Backoff()
        for attempt in 1...10 {
            let delay = backoff.delay(afterAttempt: attempt)
            #expect(delay >= .zero && delay <= backoff.cap(afterAttempt: attempt))
        }
    }
}
