import Primitives
import Testing

@testable import MCP

@Suite struct `Timers of streams` {
    /// Names of the alarms that rang, in order.
    private let rang: AsyncStream<String>
    private let ring: AsyncStream<String>.Continuation
    private let timers = StreamTimers()

    init() { (rang, ring) = AsyncStream.makeStream(of: String.self) }

    private func add(_ name: String, in delay: Duration, times: Int = 1) -> Int {
        let left = Locked(times)
        return timers.add(at: .now.advanced(by: delay)) { [ring] now in
            ring.yield(name)
            return left.withLock { left in
                left -= 1
                return left > 0 ? now : nil
            }
        }
    }

    @Test func `An alarm rings as often as it asks for, also while others sleep for long`() async {
        _ = add("late", in: .seconds(3600))
        _ = add("first", in: .zero, times: 3)
        var iterator = rang.makeAsyncIterator()
        for _ in 0..<3 { #expect(await iterator.next() == "first") }
        // The sleeper that rang the first waits for the late one now, and an earlier one does not have to wait for that.
        _ = add("second", in: .zero)
        #expect(await iterator.next() == "second")
    }

    @Test func `An alarm that was removed does not ring, and the others do`() async {
        let removed = add("removed", in: .milliseconds(5))
        timers.remove(removed)
        _ = add("kept", in: .milliseconds(6))
        var iterator = rang.makeAsyncIterator()
        #expect(await iterator.next() == "kept")
    }

    @Test func `Many alarms at once ring once each`() async {
        for number in 0..<500 { _ = add("\(number)", in: .microseconds(number % 7)) }
        var seen: [String: Int] = [:]
        for await name in rang.prefix(500) { seen[name, default: 0] += 1 }
        #expect(seen.count == 500)
    }
}
