import Primitives

/// The pool's bookkeeping as a value: events in, decisions out. It neither reads a clock nor performs I/O.
///
/// Waiters are served in order of arrival. A slot whose resource does not exist yet is handed to a caller with the order to make one, so that the
/// failure to make it reaches somebody.
package struct PoolMachine<Resource: Sendable>: Sendable {
    /// Names one waiting caller.
    package struct Waiter: Sendable, Hashable {
        let number: UInt64
    }

    /// What a caller receives: an idle resource, or a free slot that it must fill (`created`) or give back (`creationFailed`).
    package enum Grant: Sendable {
        case resource(Resource)
        case slot
    }

    /// The answer to `acquire`.
    package enum Decision: Sendable {
        case grant(Grant)
        case wait(Waiter)
        case refuse(PoolError)
    }

    /// What the shell has to do after an event.
    package enum Action: Sendable {
        case resume(Waiter, Result<Grant, PoolError>)
        case dispose(Resource)
    }

    private let maximumSize: Int
    private let maximumWaiters: Int
    private var idle: [Resource] = []
    private var leased = 0
    private var creating = 0
    private var waiters: [(waiter: Waiter, since: ContinuousClock.Instant)] = []
    private var waiterCount: UInt64 = 0
    private var acquired: UInt64 = 0
    private var totalWait: Duration = .zero
    private var isClosed = false

    /// - Parameters:
    ///   - maximumSize: resources that may exist at once; at least 1.
    ///   - maximumWaiters: callers that may wait at once; more are refused.
    package init(maximumSize: Int, maximumWaiters: Int) {
        self.maximumSize = max(1, maximumSize)
        self.maximumWaiters = max(0, maximumWaiters)
    }

    /// A caller wants a resource at `now`. The most recently used idle resource is handed out first.
    package mutating func acquire(at now: ContinuousClock.Instant) -> Decision {
        if isClosed { return .refuse(.closed) }
        // Whoever waits already goes first, even when something is free for a moment.
        if waiters.isEmpty, let grant = takeGrant() {
            acquired += 1
            return .grant(grant)
        }
        guard waiters.count < maximumWaiters else { return .refuse(.exhausted) }
        waiterCount += 1
        let waiter = Waiter(number: waiterCount)
        waiters.append((waiter, now))
        return .wait(waiter)
    }

    /// The holder of a slot has made its resource and holds the lease now.
    package mutating func created() {
        creating -= 1
        leased += 1
    }

    /// The holder of a slot could not make a resource.
    package mutating func creationFailed(at now: ContinuousClock.Instant) -> [Action] {
        creating -= 1
        return serve(at: now)
    }

    /// A lease ends. Resources that are not reusable are disposed of and their slot goes to the next in line.
    package mutating func release(_ resource: Resource, isReusable: Bool, at now: ContinuousClock.Instant) -> [Action] {
        leased -= 1
        guard isReusable, !isClosed else { return [.dispose(resource)] + serve(at: now) }
        idle.append(resource)
        return serve(at: now)
    }

    /// A leased resource turned out to be broken before use: its holder keeps the slot and must fill it.
    package mutating func replace(_ resource: Resource) -> Action {
        leased -= 1
        creating += 1
        return .dispose(resource)
    }

    /// A waiter gave up, for `reason`. Nothing happens when it has been served meanwhile.
    package mutating func abandon(_ waiter: Waiter, reason: PoolError, at now: ContinuousClock.Instant) -> [Action] {
        guard let index = waiters.firstIndex(where: { $0.waiter == waiter }) else { return [] }
        totalWait += waiters[index].since.duration(to: now)
        waiters.remove(at: index)
        return [.resume(waiter, .failure(reason))]
    }

    /// Disposes of what is idle; the next callers make new ones.
    package mutating func discardIdle() -> [Action] {
        defer { idle = [] }
        return idle.map { .dispose($0) }
    }

    /// Refuses waiters and newcomers, disposes of what is idle; leases are disposed of when they end.
    package mutating func close(at now: ContinuousClock.Instant) -> [Action] {
        isClosed = true
        defer { (waiters, idle) = ([], []) }
        for entry in waiters { totalWait += entry.since.duration(to: now) }
        return waiters.map { .resume($0.waiter, .failure(.closed)) } + idle.map { .dispose($0) }
    }

    /// The counts at this moment.
    package var snapshot: PoolSnapshot {
        PoolSnapshot(
            size: idle.count + leased + creating, idle: idle.count, leased: leased + creating, waiters: waiters.count,
            totalWaitSeconds: totalWait.seconds, acquired: acquired)
    }

    private mutating func serve(at now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        while let next = waiters.first, let grant = takeGrant() {
            waiters.removeFirst()
            acquired += 1
            totalWait += next.since.duration(to: now)
            actions.append(.resume(next.waiter, .success(grant)))
        }
        return actions
    }

    private mutating func takeGrant() -> Grant? {
        if let resource = idle.popLast() {
            leased += 1
            return .resource(resource)
        }
        guard leased + creating < maximumSize else { return nil }
        creating += 1
        return .slot
    }
}
