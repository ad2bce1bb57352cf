package import FoundationEssentials

/// The sources that documentations are fetched from. To a caller, what `access` leaves out is not there.
package protocol SourceStore: Sendable {
    /// Ordered by library, version and location, with the number of all.
    func sources(limit: Int, offset: Int, access: LibraryAccess) async throws -> (sources: [Source], total: Int)

    /// One source, or nil.
    func source(_ id: SourceID, access: LibraryAccess) async throws -> Source?

    /// Writes library, version, documentation and source without a job. A source that is there takes over settings and timing.
    /// - Throws: ``Fault``: `notFound` when the caller may neither see nor create the library.
    func register(_ submission: JobSubmission, timing: SourceTiming, access: LibraryAccess) async throws -> Source

    /// Changes what is not nil; returns the source afterwards, or nil when there is none. A new timing counts from now.
    ///
    /// - Parameter check: sees the source as it is, which nothing changes meanwhile; what it throws is thrown, and nothing is changed.
    func update(
        _ id: SourceID, isPaused: Bool?, timing: SourceTiming?, access: LibraryAccess, check: @Sendable (Source) throws -> Void
    ) async throws -> Source?

    /// Asks for a look at the next chance, also when nothing seems to have changed; returns the source, or nil when there is none.
    func requestSync(_ id: SourceID, access: LibraryAccess) async throws -> Source?
}

extension SourceStore {
    /// As ``update(_:isPaused:timing:access:check:)``, whatever the source is now.
    package func update(_ id: SourceID, isPaused: Bool?, timing: SourceTiming?, access: LibraryAccess) async throws -> Source? {
        try await update(id, isPaused: isPaused, timing: timing, access: access) { _ in }
    }
}

/// Keeping sources up to date: looks by at most one process at a time, and webhooks.
package protocol SourceSyncStore: Sendable {
    /// Sources whose look is due, each lent to `holder` for `term`: not paused, without an unfinished job, the longest due first.
    ///
    /// - Parameter openJobs: nothing is due while so many jobs are unfinished.
    func claimDue(limit: Int, openJobs: Int, holder: String, term: Duration) async throws -> [DueSource]

    /// Ends a look: gives the loan back and stores what came of it. A request that came in meanwhile stays, and makes the source due at once.
    /// Does nothing when the loan has passed to somebody else.
    func settle(_ due: DueSource, _ result: PollResult, holder: String) async throws

    /// Remembers a delivery and marks the sources it is about, in one transaction.
    /// - Returns: how many sources it is about; nil for a delivery that was seen within the last 24 hours.
    func receive(kind: SourceKind, delivery: String, event: String, subject: String?) async throws -> Int?

    /// Keeps the token of a handshake for an operator to read. The first one waits: strangers could send others.
    ///
    /// - Parameter replaces: whether it takes the place of another one that waits.
    /// - Returns: whether it is the one that is kept; false when another one waits.
    func keepHandshake(kind: SourceKind, token: String, replaces: Bool) async throws -> Bool

    /// Throws away the token that waits, so that the next handshake is kept; false when none waits.
    func dropHandshake(kind: SourceKind) async throws -> Bool

    /// Webhooks by kind.
    func webhooks() async throws -> [WebhookStatus]

    /// Sources by state.
    func countsByState() async throws -> [SourceState: Int]
}

/// A source that is to be looked at.
package struct DueSource: Sendable {
    package var source: Source
    /// Identifies the request that this look answers.
    package var requestedAt: Date?
    /// Whether the service itself asked, to mend what it found wrong; nobody waits for that.
    package var isRepair: Bool
    /// How the newest job of the source ended; nil when there is none.
    package var lastJob: JobStatus?
    /// Why it failed.
    package var lastFault: Fault?
    /// Whether it left pages that could not be read for a while.
    package var leftPages: Bool
    /// Looks and jobs that failed in a row.
    package var failures: Int

    package init(
        source: Source, requestedAt: Date?, isRepair: Bool = false, lastJob: JobStatus?, lastFault: Fault?, leftPages: Bool, failures: Int
    ) {
        (self.source, self.requestedAt, self.isRepair, self.lastJob) = (source, requestedAt, isRepair, lastJob)
        (self.lastFault, self.leftPages, self.failures) = (lastFault, leftPages, failures)
    }
}

/// What came of a look.
package struct PollResult: Sendable, Hashable {
    /// IDLE, DEGRADED or ERROR.
    package var state: SourceState
    package var fault: Fault?
    package var failures: Int
    /// Whether a job was queued.
    package var didQueue: Bool
    /// Whether the look itself failed, so that a request stays open.
    package var didFail: Bool
    package var nextPollAt: Date?

    package init(
        state: SourceState, fault: Fault? = nil, failures: Int = 0, didQueue: Bool = false, didFail: Bool = false, nextPollAt: Date?
    ) {
        (self.state, self.fault, self.failures) = (state, fault, failures)
        (self.didQueue, self.didFail, self.nextPollAt) = (didQueue, didFail, nextPollAt)
    }
}

/// The webhooks of one kind over the last 24 hours.
package struct WebhookStatus: Sendable {
    package var kind: String
    package var received: Int
    package var lastReceivedAt: Date?
    /// The token of the handshake that waits for the operator.
    package var handshakeToken: String?

    package init(kind: String, received: Int, lastReceivedAt: Date?, handshakeToken: String?) {
        (self.kind, self.received) = (kind, received)
        (self.lastReceivedAt, self.handshakeToken) = (lastReceivedAt, handshakeToken)
    }
}

package typealias SourceID = Identifier<Source>

/// Where a documentation is fetched from, and how.
package struct Source: Sendable {
    package var id: SourceID
    package var documentation: DocumentationID
    package var library: String
    package var version: String
    /// How the latest job that used it was asked to read; names the kind.
    package var settings: IngestionSettings
    /// As ``SourceAddress/subject``.
    package var subject: String?
    package var sync: SourceSync
    package var createdAt: Date

    package init(
        id: SourceID, documentation: DocumentationID, library: String, version: String, settings: IngestionSettings,
        subject: String? = nil, sync: SourceSync = SourceSync(), createdAt: Date
    ) {
        (self.id, self.documentation, self.library) = (id, documentation, library)
        (self.version, self.settings, self.subject) = (version, settings, subject)
        (self.sync, self.createdAt) = (sync, createdAt)
    }
}
