import Primitives
import Resilience
import Testing

@Suite struct `Values of the last minutes` {
    private let time = FakeTime()

    private func values(capacity: Int = 3, bytes: Int = 100) -> RecentValues<String, Int> {
        RecentValues(capacity: capacity, byteLimit: bytes, lifetime: .seconds(300)) { [time] in time.now }
    }

    @Test func `A value is there with its age until it is too old`() {
        let values = values()
        values.keep(1, for: "a", bytes: 10)
        time.advance(by: .seconds(300))
        #expect(values.recall("a")?.value == 1 && values.recall("a")?.age == .seconds(300))
        time.advance(by: .milliseconds(1))
        #expect(values.recall("a") == nil && values.size == (0, 0))
        #expect(values.recall("b") == nil)
    }

    @Test func `The oldest go when there are too many or when they are too large, and one that is replaced is as young as the new one`() {
        let values = values()
        for (number, key) in ["a", "b", "c"].enumerated() { values.keep(number, for: key, bytes: 10) }
        values.keep(9, for: "a", bytes: 20)
        values.keep(3, for: "d", bytes: 10)
        #expect(values.recall("b") == nil && values.recall("a")?.value == 9 && values.size == (3, 40))
        values.keep(4, for: "e", bytes: 95)
        #expect(values.size == (1, 95) && values.recall("e")?.value == 4)
        // Larger than all may be: not kept, and what was there under its name is no longer true.
        values.keep(5, for: "e", bytes: 101)
        #expect(values.size == (0, 0))
    }

    @Test func `What was replaced thousands of times takes the room of one`() {
        let values = values(capacity: 10, bytes: 1000)
        for number in 0..<5000 { values.keep(number, for: "k\(number % 7)", bytes: 1) }
        #expect(values.size == (7, 7) && values.recall("k\(4999 % 7)")?.value == 4999)
        for number in 0..<5000 { values.keep(number, for: "x\(number)", bytes: 1) }
        #expect(values.size == (10, 10) && values.recall("x4990")?.value == 4990 && values.recall("x4989") == nil)
        #expect(values.clear() == 10 && values.size == (0, 0) && values.recall("x4999") == nil)
    }
}
