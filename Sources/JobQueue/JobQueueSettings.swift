package import Primitives

/// The numbers of the queue; the defaults are those of the documentation.
package struct JobQueueSettings: Sendable, Hashable {
    /// Jobs that run at a time over all workers.
    package var slots = 3

    /// Slots that jobs of high priority leave to the others while any of these wait: a fifth, of two or more slots at least one.
    package var normalSlots: Int { slots < 2 ? 0 : max(1, slots / 5) }
    /// How long a lease holds without renewal.
    package var leaseDuration: Duration = .seconds(120)
    /// How often a worker renews it.
    package var renewalInterval: Duration = .seconds(30)
    /// Deliveries of a job, the first included, before it is given up.
    package var maxAttempts = 5
    /// The wait after a transient failure.
    package var retryBackoff = Backoff(base: .seconds(2), limit: .seconds(60))
    /// A job that makes no progress for this long is taken from its worker.
    package var stallLimit: Duration = .seconds(600)
    /// A released job that no worker took for this long is sent again: its message may have been lost with Redis.
    package var republishAfter: Duration = .seconds(15)
    /// How long a message stays with a dead consumer before another one claims it.
    package var claimIdle: Duration = .seconds(150)
    /// How often the publisher and the reaper look without being woken.
    package var tick: Duration = .milliseconds(500)
    /// How long the leader of the schedulers holds office without renewal.
    package var leaderTerm: Duration = .seconds(15)
    /// Prefix of every key in Redis; tests that share a server use one each.
    package var keyPrefix = "portolan:"

    package init() {}

    /// The stream of jobs of one priority.
    package func stream(_ priority: String) -> String { "\(keyPrefix)jobs:\(priority)" }
    /// The copy of dead letters.
    package var deadStream: String { "\(keyPrefix)jobs:dead" }
    /// Both streams, the one that is read first in front.
    package var streams: [String] { [stream("high"), stream("normal")] }
    /// The consumer group of all workers.
    package static let group = "workers"
}
