import CPlatform
import Primitives
import Synchronization

/// One epoll thread that is a serial executor: actors that own descriptors run on it, and their descriptors and timers fire on it.
///
/// Everything but `enqueue`, `execute` and `isCurrent` may be called on the thread only, and traps elsewhere. `Reactor` owns the thread's life:
/// see `ReactorHandle`.
package final class ReactorThread: SerialExecutor, @unchecked Sendable {
    // Unchecked: what is not under the lock is touched by the thread itself only, and every entry to it checks that.
    private struct Inbox {
        var work: [Work] = []
        var isAsleep = false
        var isStopping = false
    }

    private enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct Watch {
        let generation: UInt32
        let handler: (Readiness) -> Void
    }

    private let epoll: Int32
    private let wakeup: Int32
    private let inbox = Locked(Inbox())
    // Not under a lock: it is asked on every entry, and written once before the thread runs anything.
    private let identity = Atomic<UInt64>(0)

    // Touched on the thread only.
    private var watches: [Int32: Watch] = [:]
    private var generation: UInt32 = 0
    private var timers = TimerQueue()

    init() throws(ReactorError) {
        epoll = portolan_epoll_open()
        guard epoll >= 0 else { throw ReactorError(call: "epoll_create1", errno: -epoll) }
        wakeup = portolan_wakeup_open()
        guard wakeup >= 0 else {
            portolan_close(epoll)
            throw ReactorError(call: "eventfd", errno: -wakeup)
        }
        let failure = portolan_epoll_set(epoll, wakeup, Self.wakeupToken, 1, 0)
        guard failure == 0 else {
            portolan_close(wakeup)
            portolan_close(epoll)
            throw ReactorError(call: "epoll_ctl", errno: failure)
        }
    }

    deinit {
        portolan_close(wakeup)
        portolan_close(epoll)
    }

    // MARK: - From any thread

    package func enqueue(_ job: consuming ExecutorJob) {
        // The runtime keeps the job alive until it has run, which happens exactly once.
        post(.job(UnownedJob(job)))
    }

    /// Runs `body` on the thread, after all that was handed over before it. `body` must not block.
    package func execute(_ body: @escaping @Sendable () -> Void) { post(.call(body)) }

    /// Whether the caller runs on this thread.
    package var isCurrent: Bool { identity.load(ordering: .relaxed) == portolan_thread_identity() }

    package func isIsolatingCurrentContext() -> Bool? { isCurrent }

    package func checkIsolated() { precondition(isCurrent, "This must run on the reactor's thread.") }

    /// Asks the thread to end once nothing is left to run.
    func stop() {
        inbox.withLock { $0.isStopping = true }
        portolan_wakeup_signal(wakeup)
    }

    private func post(_ work: Work) {
        let mustWake = inbox.withLock { inbox in
            inbox.work.append(work)
            defer { inbox.isAsleep = false }
            return inbox.isAsleep
        }
        if mustWake { portolan_wakeup_signal(wakeup) }
    }

    // MARK: - On the thread

    /// Calls `handler` on the thread whenever `descriptor` is ready for what `interest` asks (level-triggered), until `unwatch`.
    ///
    /// A second call for the same descriptor replaces interest and handler. The handler is kept alive until `unwatch`; the descriptor stays the caller's.
    package func watch(_ descriptor: Int32, for interest: Readiness, handler: @escaping (Readiness) -> Void) throws(ReactorError) {
        checkIsolated()
        generation &+= 1
        watches[descriptor] = Watch(generation: generation, handler: handler)
        try register(descriptor, generation: generation, interest: interest)
    }

    /// Changes what a watched descriptor waits for.
    package func update(_ descriptor: Int32, interest: Readiness) throws(ReactorError) {
        checkIsolated()
        guard let watch = watches[descriptor] else { return }
        try register(descriptor, generation: watch.generation, interest: interest)
    }

    /// Ends the watch on `descriptor`; call it before the descriptor is closed. Unknown descriptors are fine.
    package func unwatch(_ descriptor: Int32) {
        checkIsolated()
        guard watches.removeValue(forKey: descriptor) != nil else { return }
        portolan_epoll_remove(epoll, descriptor)
    }

    /// Calls `body` on the thread once `instant` has passed, within about a millisecond, unless it is canceled first.
    package func schedule(at instant: ContinuousClock.Instant, _ body: @escaping () -> Void) -> ReactorTimer {
        checkIsolated()
        return timers.add(at: instant, body)
    }

    /// Cancels a timer; one that has fired is fine.
    package func cancel(_ timer: ReactorTimer) {
        checkIsolated()
        timers.remove(timer)
    }

    /// The thread's main function: returns after `stop`, when nothing is left to run.
    func run() {
        identity.store(portolan_thread_identity(), ordering: .relaxed)
        let capacity = 64
        var events = [portolan_event](repeating: portolan_event(), count: capacity)
        while true {
            runInbox()
            fireTimers()
            let sleep: (mayBlock: Bool, isDone: Bool) = inbox.withLock { inbox in
                guard inbox.work.isEmpty else { return (false, false) }
                if inbox.isStopping { return (false, true) }
                inbox.isAsleep = true
                return (true, false)
            }
            if sleep.isDone { return }
            let timeout = sleep.mayBlock ? timers.timeout(from: .now) : 0
            // The array is as long as the capacity that epoll is told, and lives across the call.
            let count = unsafe events.withUnsafeMutableBufferPointer {
                unsafe portolan_epoll_wait(epoll, $0.baseAddress, Int32(capacity), timeout)
            }
            precondition(count >= 0, "epoll_wait failed: the descriptor is gone or the event buffer is bad.")
            if sleep.mayBlock { inbox.withLock { $0.isAsleep = false } }
            for event in events.prefix(Int(count)) { dispatch(event) }
        }
    }

    private func runInbox() {
        let work = inbox.withLock { inbox in
            defer { inbox.work = [] }
            return inbox.work
        }
        for item in work {
            switch item {
            case .job(let job): unsafe job.runSynchronously(on: asUnownedSerialExecutor())
            case .call(let body): body()
            }
        }
    }

    private func fireTimers() {
        let now = ContinuousClock.now
        // One at a time, since a timer may cancel the next.
        while let body = timers.popDue(at: now) { body() }
    }

    private func dispatch(_ event: portolan_event) {
        if event.token == Self.wakeupToken { return portolan_wakeup_clear(wakeup) }
        let descriptor = Int32(truncatingIfNeeded: event.token)
        // An event of a watch that a handler before it in this round has ended or replaced is stale.
        guard let watch = watches[descriptor], watch.generation == UInt32(truncatingIfNeeded: event.token >> 32) else { return }
        var readiness: Readiness = []
        if event.readable != 0 { readiness.insert(.read) }
        if event.writable != 0 { readiness.insert(.write) }
        watch.handler(readiness)
    }

    private func register(_ descriptor: Int32, generation: UInt32, interest: Readiness) throws(ReactorError) {
        let token = UInt64(generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
        let failure = portolan_epoll_set(epoll, descriptor, token, interest.contains(.read) ? 1 : 0, interest.contains(.write) ? 1 : 0)
        guard failure == 0 else { throw ReactorError(call: "epoll_ctl", errno: failure) }
    }

    private static let wakeupToken = UInt64.max
}
