import Primitives
import Reactor
import TestSupport
import Testing

@Suite struct `Reactor thread` {
    private actor Counter {
        let reactor: ReactorHandle
        var count = 0
        nonisolated var unownedExecutor: UnownedSerialExecutor { unsafe reactor.thread.asUnownedSerialExecutor() }

        init(reactor: ReactorHandle) { self.reactor = reactor }

        func increment() -> Bool {
            count += 1
            return reactor.thread.isCurrent
        }
    }

    @Test func `Actors run on the thread, one job at a time`() async throws {
        let counter = Counter(reactor: try ReactorHandle(name: "test"))
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<1000 { group.addTask { await counter.increment() } }
            for await isOnThread in group { #expect(isOnThread) }
        }
        let count = await counter.count
        #expect(count == 1000)
        #expect(!counter.reactor.thread.isCurrent)
    }

    @Test func `Work that is handed over may assume the actor's isolation`() async throws {
        let counter = Counter(reactor: try ReactorHandle(name: "test"))
        let isOnThread = await withCheckedContinuation { continuation in
            counter.reactor.thread.execute { continuation.resume(returning: counter.assumeIsolated { $0.increment() }) }
        }
        #expect(isOnThread)
    }

    @Test func `Timers fire in order, and canceled ones do not`() async throws {
        let reactor = try ReactorHandle(name: "test")
        let fired = Locked<[Int]>([])
        await withCheckedContinuation { continuation in
            let thread = reactor.thread
            thread.execute {
                let now = ContinuousClock.now
                _ = thread.schedule(at: now.advanced(by: .milliseconds(20))) {
                    fired.withLock { $0.append(2) }
                    continuation.resume()
                }
                let canceled = thread.schedule(at: now.advanced(by: .milliseconds(10))) { fired.withLock { $0.append(9) } }
                _ = thread.schedule(at: now.advanced(by: .milliseconds(5))) {
                    fired.withLock { $0.append(1) }
                    thread.cancel(canceled)
                }
            }
        }
        #expect(fired.withLock { $0 } == [1, 2])
    }

    @Test func `The thread lets go of everything when its handle goes`() async throws {
        weak let executor: ReactorThread?
        do {
            let counter = Counter(reactor: try ReactorHandle(name: "test"))
            executor = counter.reactor.thread
            #expect(await counter.increment())
        }
        try await eventually { executor == nil }
    }
}
