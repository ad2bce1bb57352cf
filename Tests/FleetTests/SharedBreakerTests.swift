import EmbeddedServices
import Fleet
import Logging
import Primitives
import Redis
import Resilience
import TestSupport
import Testing

@Suite struct `Breakers that processes share` {
    private let quiet = Logger(label: "fleet") { _ in SwiftLogNoOpLogHandler() }

    /// What one process has.
    private struct Process {
        let redis: RedisClient
        let breakers: BreakerWatch
        let moves: Locked<[BreakerMachine.State]>
        let local: Locked<Int>

        func store(_ configuration: BreakerConfiguration = BreakerConfiguration()) -> SharedBreakerStore {
            breakers.store("github", configuration)
        }
    }

    private func process(_ url: String) throws -> Process {
        let redis = RedisClient(configuration: try RedisConfiguration(url: url), logger: quiet)
        let (moves, local) = (Locked<[BreakerMachine.State]>([]), Locked(0))
        let profile = DependencyProfile("redis", failures: 2, recovery: .zero, successes: 1, concurrency: 1000, waiting: 1000)
        let access = BreakerAccess(redis: redis, guardian: Dependency(profile), patience: .seconds(5))
        let breakers = BreakerWatch(access: access) { _, event in
            switch event {
            case .moved(let state): moves.withLock { $0.append(state) }
            case .decidedLocally: local.withLock { $0 += 1 }
            }
        }
        return Process(redis: redis, breakers: breakers, moves: moves, local: local)
    }

    /// Runs `body` with several processes on one Redis.
    private func withProcesses(_ count: Int, _ body: (PrivateRedis, [Process]) async throws -> Void) async throws {
        try await TestRedis.withServer { server in
            let processes = try (0..<count).map { _ in try process(server.redisURL) }
            let result: Result<Void, any Error>
            do { result = .success(try await body(server, processes)) } catch { result = .failure(error) }
            for process in processes { await process.redis.shutDown() }
            try result.get()
        }
    }

    /// A circuit that may probe at once after it has opened.
    private var eager: BreakerConfiguration {
        var configuration = BreakerConfiguration()
        (configuration.recovery, configuration.jitter) = (.zero, .zero)
        return configuration
    }

    private func fail(_ store: SharedBreakerStore, _ count: Int) async {
        for _ in 0..<count {
            guard case .allowed(let permit) = await store.admit(at: .now) else { return }
            await store.record(.failure, for: permit, at: .now, random: 0)
        }
    }

    private func isRefused(_ admission: BreakerMachine.Admission) -> Bool {
        if case .refused = admission { true } else { false }
    }

    @Test func `Failures of two processes count together, and what one opens is open in the other`() async throws {
        try await withProcesses(2) { _, processes in
            let (a, b) = (processes[0].store(), processes[1].store())
            await fail(a, 3)
            await fail(b, 2)
            #expect(await b.snapshot(at: .now).state == .open)
            a.invalidate()
            #expect(isRefused(await a.admit(at: .now)))
            let seen = await a.snapshot(at: .now)
            #expect(seen.state == .open && seen.isShared && seen.transitions.map(\.to) == [.open])
            let rest = try #require(seen.openTime)
            #expect(rest > .seconds(55) && rest <= .seconds(60) + .milliseconds(150))
            // The change was told by the process that made it, and by no other.
            #expect(processes[0].moves.withLock(\.self).isEmpty && processes[1].moves.withLock(\.self) == [.open])
        }
    }

    @Test func `A process that listens hears of an opening without asking`() async throws {
        try await withProcesses(2) { _, processes in
            let (a, b) = (processes[0].store(), processes[1].store())
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await processes[0].breakers.run() }
                // Good for a second; the listener shortens that.
                let start = ContinuousClock.now
                #expect(!isRefused(await a.admit(at: start)))
                await fail(b, 5)
                try await eventually { isRefused(await a.admit(at: start)) }
                group.cancelAll()
            }
        }
    }

    @Test func `A process that starts anew finds the circuit open`() async throws {
        try await withProcesses(1) { server, processes in
            await fail(processes[0].store(), 5)
            let reborn = try process(server.redisURL)
            #expect(isRefused(await reborn.store().admit(at: .now)))
            await reborn.redis.shutDown()
        }
    }

    @Test(arguments: 1...3) func `Of fifty callers in two processes exactly as many probe as may`(_ probes: Int) async throws {
        try await withProcesses(2) { _, processes in
            var configuration = eager
            configuration.halfOpenSuccesses = probes
            let stores = processes.map { $0.store(configuration) }
            await fail(stores[0], 5)
            stores[1].invalidate()
            let permits: [(Int, BreakerMachine.Permit)] = await withTaskGroup(of: (Int, BreakerMachine.Permit?).self) { group in
                for caller in 0..<50 {
                    let store = stores[caller % 2]
                    group.addTask {
                        if case .allowed(let permit) = await store.admit(at: .now) { (caller % 2, permit) } else { (caller % 2, nil) }
                    }
                }
                return await group.reduce(into: [(Int, BreakerMachine.Permit)]()) { if let permit = $1.1 { $0.append(($1.0, permit)) } }
            }
            #expect(permits.count == probes)
            for (owner, permit) in permits { await stores[owner].record(.success, for: permit, at: .now, random: 0) }
            #expect(await stores[0].snapshot(at: .now).state == .closed)
            #expect(await stores[1].snapshot(at: .now).transitions.map(\.to) == [.open, .halfOpen, .closed])
        }
    }

    @Test func `One failed probe opens it again, for as long as the dependency asks and no longer than the cap`() async throws {
        try await withProcesses(1) { _, processes in
            let store = processes[0].store(eager)
            await fail(store, 5)
            guard case .allowed(let probe) = await store.admit(at: .now) else { return #expect(Bool(false), "no probe") }
            await store.record(.failure(retryAfter: .seconds(5000)), for: probe, at: .now, random: 0)
            guard case .refused(let rest) = await store.admit(at: .now) else { return #expect(Bool(false), "not refused") }
            #expect(rest > .seconds(890) && rest <= .seconds(900))
        }
    }

    @Test func `A success between failures starts the row again in all processes, six failures in the window open it all the same`()
        async throws
    {
        try await withProcesses(2) { _, processes in
            let (a, b) = (processes[0].store(), processes[1].store())
            await fail(a, 4)
            b.invalidate()
            guard case .allowed(let permit) = await b.admit(at: .now) else { return #expect(Bool(false), "refused") }
            await b.record(.success, for: permit, at: .now, random: 0)
            #expect(await a.snapshot(at: .now).consecutiveFailures == 0)
            await fail(a, 1)
            #expect(await a.snapshot(at: .now).state == .closed)
            await fail(a, 1)
            #expect(await a.snapshot(at: .now).state == .open)
        }
    }

    @Test func `An outcome from before a change of state counts no more`() async throws {
        try await withProcesses(1) { _, processes in
            let store = processes[0].store(eager)
            guard case .allowed(let old) = await store.admit(at: .now) else { return #expect(Bool(false), "refused") }
            await fail(store, 5)
            await store.record(.success, for: old, at: .now, random: 0)
            #expect(await store.snapshot(at: .now).state == .open)
        }
    }

    @Test func `Opened by hand it stays open in every process until it is closed, and a reset forgets`() async throws {
        try await withProcesses(2) { _, processes in
            let (a, b) = (processes[0].store(eager), processes[1].store(eager))
            try await a.forceOpen()
            #expect(isRefused(await b.admit(at: .now)))
            let seen = await b.snapshot(at: .now)
            #expect(seen.isForced && seen.openTime == nil && seen.outage != nil)
            let life = try await processes[0].redis.command("PTTL", "portolan:breaker:github").integer
            #expect(life == -1)
            try await b.close()
            a.invalidate()
            #expect(!isRefused(await a.admit(at: .now)))
            try await a.reset()
            #expect(await b.snapshot(at: .now).transitions.isEmpty)
            #expect(try await processes[1].breakers.names() == ["github"])
        }
    }

    @Test func `The last ten changes are kept, and the outage has one name from opening to closing`() async throws {
        try await withProcesses(1) { _, processes in
            var configuration = eager
            configuration.halfOpenSuccesses = 1
            let store = processes[0].store(configuration)
            await fail(store, 5)
            let outage = await store.snapshot(at: .now).outage
            // Each probe that fails opens it again.
            await fail(store, 7)
            let seen = await store.snapshot(at: .now)
            #expect(outage != nil && seen.outage == outage)
            #expect(seen.transitions.count == 10 && seen.transitions.last?.to == .open)
            let life = try await processes[0].redis.command("PTTL", "portolan:breaker:github").integer ?? 0
            #expect(life > 6 * 86_400_000)
        }
    }

    @Test func `Without Redis each process decides for itself, an open circuit stays open, and Redis is heard again`() async throws {
        try await withProcesses(2) { server, processes in
            let (a, b) = (processes[0].store(), processes[1].store(eager))
            await fail(a, 5)
            #expect(isRefused(await a.admit(at: .now)))
            #expect(await b.snapshot(at: .now).state == .open)
            await server.stop()
            // Known to be open: still so for the rest of its time.
            a.invalidate()
            #expect(isRefused(await a.admit(at: .now)))
            b.invalidate()
            let known = await b.snapshot(at: .now)
            #expect(!known.isShared && known.state == .open)
            // Nothing was known of this one: the process's own machine opens it by the process's own failures.
            let other = processes[1].breakers.store("notion", BreakerConfiguration())
            await fail(other, 5)
            #expect(processes[1].local.withLock(\.self) > 0)
            let alone = await other.snapshot(at: .now)
            #expect(!alone.isShared && alone.state == .open)
            #expect(isRefused(await other.admit(at: .now)))
            try await server.restart()
            // Redis lost its memory: closed, and shared again.
            try await eventually {
                b.invalidate()
                return await b.snapshot(at: .now).isShared
            }
            #expect(await b.snapshot(at: .now).state == .closed)
        }
    }

    @Test func `A circuit that is half open when Redis goes away does not open for everybody: this process probes`() async throws {
        try await withProcesses(1) { server, processes in
            let store = processes[0].store(eager)
            await fail(store, 5)
            #expect(await store.snapshot(at: .now).state == .open)
            await server.stop()
            store.invalidate()
            var permits: [BreakerMachine.Permit] = []
            for _ in 0..<20 { if case .allowed(let permit) = await store.admit(at: .now) { permits.append(permit) } }
            #expect(permits.count == 3 && permits.allSatisfy { $0.isLocal && $0.probe != nil })
            for permit in permits { await store.record(.success, for: permit, at: .now, random: 0) }
            #expect(await store.snapshot(at: .now).state == .closed)
        }
    }

    @Test func `A probe that was given up for lost counts when it answers after all`() async throws {
        try await withProcesses(1) { _, processes in
            var configuration = eager
            (configuration.halfOpenSuccesses, configuration.probeLimit) = (1, .milliseconds(1))
            let store = processes[0].store(configuration)
            await fail(store, 5)
            guard case .allowed(let slow) = await store.admit(at: .now) else { return #expect(Bool(false), "no probe") }
            // The other one is let in because the first one is late.
            try await eventually { !isRefused(await store.admit(at: .now)) }
            await store.record(.success, for: slow, at: .now, random: 0)
            #expect(await store.snapshot(at: .now).state == .closed)
        }
    }

    @Test func `A circuit whose state has expired is listed no more`() async throws {
        try await withProcesses(1) { _, processes in
            let (redis, breakers) = (processes[0].redis, processes[0].breakers)
            for name in ["confluence@https://a.example", "confluence@https://b.example"] { await fail(breakers.store(name, eager), 1) }
            #expect(try await breakers.names().count == 2)
            _ = try await redis.command("DEL", "portolan:breaker:confluence@https://a.example")
            #expect(try await breakers.names() == ["confluence@https://b.example"])
            #expect(try await redis.command("SCARD", "portolan:breakers:known").integer == 1)
            // Something else that lies there is no list.
            _ = try await redis.command("SET", "portolan:breakers:known", "poison")
            #expect(try await breakers.names().isEmpty)
        }
    }

    @Test func `A call that nothing fails costs no request`() async throws {
        try await withProcesses(1) { _, processes in
            let store = processes[0].store()
            let now = ContinuousClock.now
            _ = await store.admit(at: now)
            let before = processes[0].redis.metrics.commands
            for _ in 0..<100 {
                guard case .allowed(let permit) = await store.admit(at: now) else { return #expect(Bool(false), "refused") }
                await store.record(.success, for: permit, at: now, random: 0)
            }
            #expect(processes[0].redis.metrics.commands == before)
        }
    }

    @Test func `The outcome of a cancelled probe is recorded`() async throws {
        try await withProcesses(1) { _, processes in
            var configuration = eager
            configuration.halfOpenSuccesses = 1
            let store = processes[0].store(configuration)
            await fail(store, 5)
            let task = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                guard case .allowed(let probe) = await store.admit(at: .now) else { return false }
                await store.record(.neutral, for: probe, at: .now, random: 0)
                return true
            }
            #expect(await task.value)
            #expect(!isRefused(await store.admit(at: .now)))
        }
    }
}
