import NIOCore
import Primitives

/// The order of commands on one connection: those that wait to be sent, then those in flight, matched to replies first in, first out. A pure
/// machine: time is passed in.
struct CommandQueue {
    private var waiting = CircularBuffer<Ticket>()
    private var inFlight = CircularBuffer<Ticket>()
    /// When the peer last showed life while it owed a reply.
    private var lastProgress: ContinuousClock.Instant?

    var waitingCount: Int { waiting.count }
    var inFlightCount: Int { inFlight.count }

    mutating func enqueue(_ ticket: Ticket) { waiting.append(ticket) }

    /// Moves everything that waits into flight. Commands whose caller has left are dropped: `dropped` of them.
    mutating func takeForSending(at now: ContinuousClock.Instant) -> (tickets: [Ticket], dropped: Int) {
        let tickets = Array(waiting.lazy.filter { !$0.isSettled })
        let dropped = waiting.count - tickets.count
        waiting.removeAll(keepingCapacity: true)
        if inFlight.isEmpty, !tickets.isEmpty { lastProgress = now }
        inFlight.append(contentsOf: tickets)
        return (tickets, dropped)
    }

    /// The command that the next reply belongs to; nil if none is owed.
    mutating func matchReply() -> Ticket? { inFlight.popFirst() }

    /// The peer has sent bytes.
    mutating func progressed(at now: ContinuousClock.Instant) { lastProgress = inFlight.isEmpty ? nil : now }

    /// Takes out what was in flight on a connection that is gone; what waits stays.
    mutating func connectionLost() -> [Ticket] {
        lastProgress = nil
        defer { inFlight.removeAll() }
        return Array(inFlight)
    }

    /// Takes out everything.
    mutating func removeAll() -> [Ticket] {
        let lost = connectionLost()
        defer { waiting.removeAll() }
        return lost + Array(waiting)
    }

    /// Takes out everything that waits.
    mutating func removeWaiting() -> [Ticket] {
        defer { waiting.removeAll() }
        return Array(waiting)
    }

    /// What has run out of time: `unsent` leaves the queue (or had no caller any more), `sent` stays in it, since a reply may still come.
    mutating func expire(at now: ContinuousClock.Instant) -> (unsent: [Ticket], sent: [Ticket]) {
        func isOver(_ ticket: Ticket) -> Bool { ticket.deadline.instant <= now }
        let unsent = Array(waiting.lazy.filter { isOver($0) || $0.isSettled })
        if !unsent.isEmpty { waiting.removeAll { isOver($0) || $0.isSettled } }
        return (unsent, Array(inFlight.lazy.filter { isOver($0) && !$0.isSettled }))
    }

    /// Whether the peer owes replies and has been silent for `timeout`.
    func isStalled(at now: ContinuousClock.Instant, timeout: Duration) -> Bool {
        lastProgress.map { $0.advanced(by: timeout) <= now } ?? false
    }

    /// The next time at which `expire` or `isStalled` can have something to say; nil while nothing is queued.
    func nextWake(stallTimeout: Duration?) -> ContinuousClock.Instant? {
        var next: ContinuousClock.Instant?
        func consider(_ instant: ContinuousClock.Instant) { next = next.map { min($0, instant) } ?? instant }
        for ticket in waiting { consider(ticket.deadline.instant) }
        for ticket in inFlight where !ticket.isSettled { consider(ticket.deadline.instant) }
        if let stallTimeout, let lastProgress { consider(lastProgress.advanced(by: stallTimeout)) }
        return next
    }
}
