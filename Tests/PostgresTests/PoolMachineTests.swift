import ResourcePool
import Testing

@Suite struct `Pool machine` {
    private typealias Machine = PoolMachine<String>
    private let start = ContinuousClock.now

    private func waiter(_ decision: Machine.Decision) throws -> Machine.Waiter {
        guard case .wait(let waiter) = decision else { throw Unexpected() }
        return waiter
    }

    private struct Unexpected: Error {}

    /// The actions as short text.
    private func summary(_ actions: [Machine.Action], _ names: [Machine.Waiter: String] = [:]) -> [String] {
        actions.map { action in
            switch action {
            case .dispose(let resource): "dispose \(resource)"
            case .resume(let waiter, .success(.slot)): "\(names[waiter] ?? "?") makes"
            case .resume(let waiter, .success(.resource(let resource))): "\(names[waiter] ?? "?") gets \(resource)"
            case .resume(let waiter, .failure(let error)): "\(names[waiter] ?? "?") fails: \(error)"
            }
        }
    }

    @Test func `Slots are handed out up to the size, then callers wait in order`() throws {
        var machine = Machine(maximumSize: 1, maximumWaiters: 2)
        guard case .grant(.slot) = machine.acquire(at: start) else { throw Unexpected() }
        machine.created()
        let (a, b) = (try waiter(machine.acquire(at: start)), try waiter(machine.acquire(at: start)))
        guard case .refuse(.exhausted) = machine.acquire(at: start) else { throw Unexpected() }
        let names = [a: "a", b: "b"]
        let later = start.advanced(by: .seconds(2))
        #expect(summary(machine.release("r", isReusable: true, at: later), names) == ["a gets r"])
        #expect(summary(machine.release("r", isReusable: false, at: later), names) == ["dispose r", "b makes"])
        #expect(machine.snapshot.totalWaitSeconds == 4)
        #expect(machine.snapshot.acquired == 3)
        machine.created()
        #expect(summary(machine.release("s", isReusable: true, at: later)) == [])
        #expect(machine.snapshot.idle == 1)
        #expect(machine.snapshot.size == 1)
        guard case .grant(.resource("s")) = machine.acquire(at: later) else { throw Unexpected() }
    }

    @Test func `A failure to make one lets the next in line try`() throws {
        var machine = Machine(maximumSize: 1, maximumWaiters: 9)
        _ = machine.acquire(at: start)
        let a = try waiter(machine.acquire(at: start))
        #expect(summary(machine.creationFailed(at: start), [a: "a"]) == ["a makes"])
        #expect(summary(machine.creationFailed(at: start)) == [])
        #expect(machine.snapshot.size == 0)
    }

    @Test func `Who gives up is skipped, and giving up twice does nothing`() throws {
        var machine = Machine(maximumSize: 1, maximumWaiters: 9)
        _ = machine.acquire(at: start)
        machine.created()
        let (a, b) = (try waiter(machine.acquire(at: start)), try waiter(machine.acquire(at: start)))
        #expect(summary(machine.abandon(a, reason: .timeout, at: start), [a: "a"]) == ["a fails: \(PoolError.timeout)"])
        #expect(summary(machine.abandon(a, reason: .cancelled, at: start)) == [])
        #expect(summary(machine.release("r", isReusable: true, at: start), [b: "b"]) == ["b gets r"])
        #expect(summary(machine.abandon(b, reason: .timeout, at: start)) == [])
    }

    @Test func `A broken idle resource keeps its slot for its replacement`() throws {
        var machine = Machine(maximumSize: 1, maximumWaiters: 9)
        _ = machine.acquire(at: start)
        machine.created()
        _ = machine.release("r", isReusable: true, at: start)
        _ = machine.acquire(at: start)
        #expect(summary([machine.replace("r")]) == ["dispose r"])
        let a = try waiter(machine.acquire(at: start))
        machine.created()
        #expect(summary(machine.release("s", isReusable: true, at: start), [a: "a"]) == ["a gets s"])
    }

    @Test func `Closing refuses everybody and disposes of what comes back`() throws {
        var machine = Machine(maximumSize: 2, maximumWaiters: 9)
        _ = machine.acquire(at: start)
        _ = machine.acquire(at: start)
        machine.created()
        machine.created()
        let a = try waiter(machine.acquire(at: start))
        _ = machine.release("r", isReusable: true, at: start)
        _ = machine.release("s", isReusable: true, at: start)
        #expect(summary(machine.close(at: start), [a: "a"]) == ["dispose s"])
        guard case .refuse(.closed) = machine.acquire(at: start) else { throw Unexpected() }
        #expect(summary(machine.release("r", isReusable: true, at: start)) == ["dispose r"])
        #expect(machine.snapshot.size == 0)
    }
}
