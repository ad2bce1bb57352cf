import Primitives
import Resilience
import Testing

@Suite struct `Health of a component` {
    private let start = ContinuousClock.now

    @Test func `one failure is degraded, two are unhealthy, one answer is healthy`() {
        var machine = HealthMachine()
        #expect(machine.status == .unknown)
        #expect(machine.observe(.answered(.milliseconds(3)), at: start)?.to == .healthy)
        #expect(machine.observe(.answered(.milliseconds(3)), at: start) == nil)
        #expect(machine.observe(.failed, at: start)?.to == .degraded)
        #expect(machine.observe(.failed, at: start) == .init(from: .degraded, to: .unhealthy, at: start))
        #expect(machine.observe(.failed, at: start) == nil)
        #expect(machine.failures == 3)
        #expect(machine.observe(.answered(.zero), at: start)?.to == .healthy)
        #expect(machine.failures == 0)
    }

    @Test func `an answer that takes long is degraded and no failure`() {
        var machine = HealthMachine()
        #expect(machine.observe(.answered(.seconds(2)), at: start)?.to == .degraded)
        #expect(machine.failures == 0)
    }

    @Test func `the last fifty changes are kept`() {
        var machine = HealthMachine()
        for _ in 0..<60 {
            _ = machine.observe(.failed, at: start)
            _ = machine.observe(.answered(.zero), at: start)
        }
        #expect(machine.history.count == 50)
        #expect(machine.history.last?.to == .healthy)
    }
}

@Suite struct `Recovery actions` {
    private let start = ContinuousClock.now

    @Test func `an action is due at its threshold, and again only after its cooldown`() {
        var machine = RecoveryMachine([.init("postgres", failures: 2, .reconnectPool), .init("postgres", failures: 4, .manual)])
        func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }
        #expect(machine.actions(for: "postgres", failures: 1, at: at(0)).isEmpty)
        #expect(machine.actions(for: "redis", failures: 9, at: at(0)).isEmpty)
        #expect(machine.actions(for: "postgres", failures: 2, at: at(10)) == [.reconnectPool])
        #expect(machine.actions(for: "postgres", failures: 3, at: at(20)).isEmpty)
        #expect(machine.actions(for: "postgres", failures: 4, at: at(30)) == [.manual])
        #expect(machine.actions(for: "postgres", failures: 5, at: at(309)).isEmpty)
        #expect(machine.actions(for: "postgres", failures: 6, at: at(310)) == [.reconnectPool])
    }

    @Test func `what is due after an outage is done once it is over, and not after a single failure`() {
        var machine = RecoveryMachine([.init(after: "postgres", failures: 2, .clearCache), .init("postgres", failures: 3, .reloadConfig)])
        func due(_ failures: Int, _ second: Int) -> [RecoveryMachine.Action] {
            machine.actions(for: "postgres", failures: failures, at: start.advanced(by: .seconds(second)))
        }
        #expect(due(0, 0).isEmpty)
        #expect(due(1, 1).isEmpty && due(0, 2).isEmpty)
        #expect(due(1, 3).isEmpty && due(2, 4).isEmpty && due(3, 5) == [.reloadConfig] && due(4, 6).isEmpty)
        #expect(due(0, 7) == [.clearCache])
        #expect(due(0, 8).isEmpty)
        // The next outage, however soon.
        #expect(due(1, 9).isEmpty && due(2, 10).isEmpty && due(0, 11) == [.clearCache])
    }

    @Test func `the cooldown goes on over the end of an outage, the count of runs does not`() {
        var machine = RecoveryMachine([.init("postgres", failures: 1, .manual, attempts: 1)])
        func at(_ seconds: Int) -> ContinuousClock.Instant { start.advanced(by: .seconds(seconds)) }
        #expect(machine.actions(for: "postgres", failures: 1, at: at(0)) == [.manual])
        #expect(machine.actions(for: "postgres", failures: 2, at: at(400)).isEmpty)
        _ = machine.actions(for: "postgres", failures: 0, at: at(410))
        #expect(machine.actions(for: "postgres", failures: 1, at: at(420)) == [.manual])
        _ = machine.actions(for: "postgres", failures: 0, at: at(430))
        #expect(machine.actions(for: "postgres", failures: 1, at: at(440)).isEmpty)
    }
}

@Suite struct `Tiers of memory` {
    @Test(arguments: [
        (0.5, MemoryTier.normal), (0.849, .normal), (0.85, .constrained), (0.92, .critical), (0.97, .failover), (1.2, .failover),
    ])
    func `a reading above a bound raises the tier at once`(_ usage: Double, _ tier: MemoryTier) {
        var machine = MemoryTierMachine()
        _ = machine.observe(usage)
        #expect(machine.tier == tier)
    }

    @Test func `it falls one step at a time after three readings that are well below`() {
        var machine = MemoryTierMachine()
        #expect(machine.observe(0.98) == true)
        // Below the bound, but not by enough.
        for _ in 0..<10 { #expect(machine.observe(0.95) == false) }
        #expect(machine.tier == .failover)
        #expect(machine.observe(0.1) == false)
        #expect(machine.observe(0.1) == false)
        #expect(machine.observe(0.1) == true)
        #expect(machine.tier == .critical)
        // A reading in between starts the count again.
        _ = machine.observe(0.1)
        _ = machine.observe(0.91)
        _ = machine.observe(0.1)
        _ = machine.observe(0.1)
        #expect(machine.tier == .critical)
        _ = machine.observe(0.1)
        #expect(machine.tier == .constrained)
        #expect(machine.observe(.nan) == false)
    }

    @Test func `each tier allows less than the one before`() {
        #expect(MemoryTier.allCases.map(\.resultLimit) == [nil, 3, 1, 0])
        #expect(MemoryTier.allCases.map(\.takesWork) == [true, true, false, false])
        #expect(MemoryTier.allCases.map(\.isReadOnly) == [false, false, false, true])
    }
}

@Suite struct `Dependencies of a process` {
    private struct Away: Error {}

    @Test func `a kind has one circuit, and each origin its own`() {
        let dependencies = Dependencies()
        #expect(dependencies.of("github") === dependencies.of("github"))
        let other = dependencies.of("github", at: "https://git.example.org")
        #expect(other !== dependencies.of("github") && other.name == "github@https://git.example.org" && other.kind == "github")
        for index in 0..<300 { _ = dependencies.of("confluence", at: "https://w\(index).example.org") }
        #expect(dependencies.all.count <= Dependencies.maximumOrigins + 1)
    }

    @Test func `when B fails behind A, only the circuit of B opens`() async throws {
        let dependencies = Dependencies([
            DependencyProfile("a", concurrency: 10, waiting: 10), DependencyProfile("b", concurrency: 10, waiting: 10),
        ])
        let (a, b) = (dependencies.of("a"), dependencies.of("b"))
        var made = 0
        for _ in 0..<20 {
            // A calls B and hands on what it gets, once B's circuit is open as an answer that is less than whole.
            _ = try? await a.call {
                do {
                    try await b.call { () async throws -> Void in
                        made += 1
                        throw Away()
                    }
                } catch is Away {
                    return "without b"
                }
                return "whole"
            }
        }
        #expect(made == 5)
        #expect(await b.breaker.snapshot().state == .open)
        let above = await a.breaker.snapshot()
        #expect(above.state == .closed && above.counts.failures == 0 && above.counts.neutral == 15)
    }

    @Test func `retries are bounded by what succeeds`() {
        let dependency = Dependency(DependencyProfile("github", concurrency: 1, waiting: 1))
        var spent = 0
        while dependency.retries.spend() { spent += 1 }
        #expect(spent == 10)
        for _ in 0..<5 { dependency.retries.earn() }
        #expect(dependency.retries.spend())
        #expect(!dependency.retries.spend())
    }

    @Test func `one more than may run and wait is refused, and does not count against the dependency`() async throws {
        let dependency = Dependency(DependencyProfile("github", concurrency: 1, waiting: 0))
        try await dependency.call {
            do {
                try await dependency.call {}
                #expect(Bool(false), "not refused")
            } catch let error as ResilienceError {
                #expect(error.code == .bulkheadFull)
            }
        }
        #expect(await dependency.breaker.snapshot().counts.failures == 0)
    }
}

@Suite struct `Features` {
    @Test func `a share of callers is always the same one, and grows without losing anybody`() {
        // Fixed numbers: every process and every release decides alike.
        #expect(FeatureRule.bucket("vector_search", "token") == FeatureRule.bucket("vector_search", "token"))
        let subjects = (0..<10_000).map { "subject-\($0)" }
        func on(_ percentage: Double) -> Set<String> {
            let rule = FeatureRule(isEnabled: true, percentage: percentage)
            return Set(subjects.filter { rule.isOn(.vectorSearch, for: $0) })
        }
        let (few, many) = (on(10), on(30))
        #expect(few.isSubset(of: many))
        #expect(abs(few.count - 1000) < 150 && abs(many.count - 3000) < 250)
        #expect(on(0).isEmpty && on(100).count == subjects.count)
        #expect(!FeatureRule(isEnabled: false, percentage: 100).isOn(.vectorSearch, for: "a"))
    }

    @Test func `rules are replaced as a whole, decisions are told, and the subject is that of the task`() async {
        let decisions = Locked<[Bool]>([])
        let flags = FeatureFlags { _, isOn in decisions.withLock { $0.append(isOn) } }
        #expect(flags.isOn(.vectorSearch))
        flags.replace([.vectorSearch: FeatureRule(isEnabled: true, percentage: 50)])
        let subjects = (0..<100).map { "s\($0)" }
        let on = subjects.filter { subject in FeatureFlags.$subject.withValue(subject) { flags.isOn(.vectorSearch) } }
        #expect(on == subjects.filter { FeatureRule.bucket("vector_search", $0) < 5000 })
        flags.replace([.vectorSearch: FeatureRule(isEnabled: false)])
        #expect(!flags.isOn(.vectorSearch))
        #expect(decisions.withLock { $0.count } == 102)
    }
}
