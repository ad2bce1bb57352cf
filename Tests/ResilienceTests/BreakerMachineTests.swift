import Primitives
import Resilience
import Testing

@Suite struct BreakerMachineTests {
    private let start = ContinuousClock.now

    private func call(_ machine: inout BreakerMachine, _ outcome: CircuitOutcome, at seconds: Double) {
        let now = start.advanced(by: .seconds(seconds))
        guard case .allowed(let permit) = machine.admit(at: now) else { return }
        machine.record(outcome, for: permit, at: now, random: 0)
    }

    private func opened() -> BreakerMachine {
        var machine = BreakerMachine()
        for _ in 0..<5 { call(&machine, .failure, at: 0) }
        return machine
    }

    private func permits(_ machine: inout BreakerMachine, asking count: Int, at seconds: Double) -> [BreakerMachine.Permit] {
        (0..<count).compactMap { _ in
            if case .allowed(let permit) = machine.admit(at: start.advanced(by: .seconds(seconds))) { permit } else { nil }
        }
    }

    @Test func `five failures in a row open the circuit and four do not`() {
        var machine = BreakerMachine()
        for _ in 0..<4 { call(&machine, .failure, at: 0) }
        #expect(machine.state == .closed)
        call(&machine, .failure, at: 0)
        #expect(machine.state == .open)
        #expect(machine.admit(at: start) == .refused(retryAfter: .seconds(60)))
    }

    @Test func `a success in between starts the row again`() {
        var machine = BreakerMachine()
        for _ in 0..<4 { call(&machine, .failure, at: 0) }
        call(&machine, .success, at: 0)
        call(&machine, .failure, at: 40)
        #expect(machine.state == .closed)
        #expect(machine.consecutiveFailures == 1)
    }

    @Test func `six failures within the window open it although successes lie between, six over a longer time do not`() {
        var machine = BreakerMachine()
        for index in 0..<6 {
            call(&machine, .success, at: Double(index * 5))
            call(&machine, .failure, at: Double(index * 5))
        }
        #expect(machine.state == .open)
        var slow = BreakerMachine()
        for index in 0..<12 {
            call(&slow, .success, at: Double(index * 6))
            call(&slow, .failure, at: Double(index * 6))
        }
        #expect(slow.state == .closed)
    }

    @Test func `neutral outcomes count for nothing`() {
        var machine = BreakerMachine()
        for _ in 0..<4 { call(&machine, .failure, at: 0) }
        for _ in 0..<20 { call(&machine, .neutral, at: 0) }
        #expect(machine.state == .closed)
        call(&machine, .failure, at: 0)
        #expect(machine.state == .open)
    }

    @Test func `after sixty seconds exactly three of fifty callers probe, and three successes close it`() {
        var machine = opened()
        #expect(permits(&machine, asking: 5, at: 59.9).isEmpty)
        let probes = permits(&machine, asking: 50, at: 60)
        #expect(probes.count == 3)
        #expect(machine.state == .halfOpen)
        for probe in probes { machine.record(.success, for: probe, at: start.advanced(by: .seconds(61)), random: 0) }
        #expect(machine.state == .closed)
        #expect(machine.transitions.map(\.to) == [.open, .halfOpen, .closed])
    }

    @Test func `one failed probe opens it again for the whole time`() {
        var machine = opened()
        let probes = permits(&machine, asking: 3, at: 60)
        machine.record(.success, for: probes[0], at: start.advanced(by: .seconds(61)), random: 0)
        machine.record(.failure, for: probes[1], at: start.advanced(by: .seconds(61)), random: 0)
        #expect(machine.state == .open)
        // What the third one says belongs to the past.
        machine.record(.success, for: probes[2], at: start.advanced(by: .seconds(62)), random: 0)
        #expect(machine.state == .open)
        #expect(permits(&machine, asking: 1, at: 120.9).isEmpty)
        #expect(permits(&machine, asking: 1, at: 121).count == 1)
    }

    @Test func `a neutral probe makes room for another and a lost one is forgotten`() {
        var machine = opened()
        let probes = permits(&machine, asking: 3, at: 60)
        machine.record(.neutral, for: probes[0], at: start.advanced(by: .seconds(61)), random: 0)
        #expect(permits(&machine, asking: 5, at: 62).count == 1)
        #expect(permits(&machine, asking: 5, at: 89).isEmpty)
        #expect(permits(&machine, asking: 5, at: 90).count == 2)
    }

    @Test func `a probe that was given up for lost counts when it answers after all, so that a slow dependency can close its circuit`() {
        var machine = opened()
        let slow = permits(&machine, asking: 3, at: 60)
        #expect(permits(&machine, asking: 5, at: 95).count == 3)
        for probe in slow { machine.record(.success, for: probe, at: start.advanced(by: .seconds(96)), random: 0) }
        #expect(machine.state == .closed)
        machine = opened()
        let failing = permits(&machine, asking: 1, at: 60)
        #expect(permits(&machine, asking: 5, at: 95).count == 3)
        machine.record(.failure, for: failing[0], at: start.advanced(by: .seconds(96)), random: 0)
        #expect(machine.state == .open)
    }

    @Test func `a machine that goes on for another one lets nobody pass before its time, and then probes only`() {
        var machine = BreakerMachine()
        machine.resume(openUntil: start.advanced(by: .seconds(10)), at: start)
        #expect(permits(&machine, asking: 5, at: 9).isEmpty)
        #expect(permits(&machine, asking: 50, at: 10).count == 3)
        #expect(machine.state == .halfOpen)
    }

    @Test(arguments: [(10.0, 10.0), (900, 900), (5000, 900), (-3, 0)])
    func `Retry-After decides the open time up to its cap`(_ asked: Double, _ expected: Double) {
        var machine = BreakerMachine()
        for _ in 0..<5 { call(&machine, .failure(retryAfter: .seconds(asked)), at: 0) }
        if expected > 0 { #expect(machine.admit(at: start) == .refused(retryAfter: .seconds(expected))) }
        #expect(permits(&machine, asking: 1, at: expected).count == 1)
    }

    @Test func `jitter is added to the open time`() {
        var machine = BreakerMachine()
        for _ in 0..<5 {
            if case .allowed(let permit) = machine.admit(at: start) { machine.record(.failure, for: permit, at: start, random: 1) }
        }
        #expect(machine.admit(at: start) == .refused(retryAfter: .milliseconds(60_150)))
    }

    @Test func `the last ten changes are kept`() {
        var machine = BreakerMachine()
        for second in 0..<8 {
            machine.forceOpen(at: start.advanced(by: .seconds(second)))
            machine.close(at: start.advanced(by: .seconds(second)))
        }
        #expect(machine.transitions.count == 10)
        #expect(machine.transitions.last?.to == .closed)
        #expect(machine.transitions.first?.at == start.advanced(by: .seconds(3)))
        machine.reset()
        #expect(machine.transitions.isEmpty)
        #expect(machine.counts == BreakerCounts())
    }

    @Test func `a circuit opened by hand stays open`() {
        var machine = BreakerMachine()
        machine.forceOpen(at: start)
        #expect(permits(&machine, asking: 1, at: 1e6).isEmpty)
        machine.close(at: start)
        #expect(permits(&machine, asking: 1, at: 1e6).count == 1)
    }

    @Test(arguments: [
        (200, CircuitOutcome.success), (304, .success), (400, .neutral), (404, .neutral), (429, .failure(retryAfter: .seconds(7))),
        (500, .failure(retryAfter: .seconds(7))), (501, .neutral), (503, .failure(retryAfter: .seconds(7))),
    ])
    func `statuses are classified`(_ status: Int, _ outcome: CircuitOutcome) {
        #expect(CircuitOutcome(httpStatus: status, retryAfter: .seconds(7)) == outcome)
    }

    @Test func `a 429 without advice is neutral`() { #expect(CircuitOutcome(httpStatus: 429) == .neutral) }
}
