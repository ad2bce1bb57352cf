package import FoundationEssentials

/// Notices about failed jobs, each of which somebody is to be told of at least once.
package protocol NotificationStore: Sendable {
    /// Notices that are due, each lent for `term`: no second process gets them meanwhile, and after a crash they are due again.
    ///
    /// Older ones than a day are left alone: they are no news.
    func claimNotices(limit: Int, term: Duration) async throws -> [FailureNotice]

    /// Ends a loan.
    func settle(_ notice: FailureNotice, _ outcome: NoticeOutcome) async throws

    /// Asks for `text`, at most 2,000 characters, to be told, once for all who ask with the same `key`, at most 400 characters.
    ///
    /// - Returns: whether it is the first with this key.
    func post(_ text: String, key: String) async throws -> Bool

    /// As ``claimNotices(limit:term:)`` for what was posted.
    func claimPosts(limit: Int, term: Duration) async throws -> [PostedNotice]

    /// Ends a loan.
    func settle(_ notice: PostedNotice, _ outcome: NoticeOutcome) async throws
}

/// Something that operators are to be told.
package struct PostedNotice: Sendable, Hashable {
    package let key: String
    package let text: String
    /// Tries to tell so far, this one included.
    package let attempt: Int

    package init(key: String, text: String, attempt: Int) { (self.key, self.text, self.attempt) = (key, text, attempt) }
}

/// A job that failed.
package struct FailureNotice: Sendable {
    package let job: JobID
    package let library: String
    package let version: String
    /// Where the job read from.
    package let rootURL: String
    /// Why it failed; nil when nobody wrote it down.
    package let fault: Fault?
    package let failedAt: Date?
    /// Tries to tell so far, this one included.
    package let attempt: Int

    package init(
        job: JobID, library: String, version: String, rootURL: String, fault: Fault?, failedAt: Date?, attempt: Int
    ) {
        (self.job, self.library, self.version, self.rootURL) = (job, library, version, rootURL)
        (self.fault, self.failedAt, self.attempt) = (fault, failedAt, attempt)
    }
}

/// What came of a try to tell.
package enum NoticeOutcome: Sendable, Hashable {
    case sent
    /// To be tried again; why it did not work, for an operator.
    case retry(after: Duration, reason: String)
    case givenUp(reason: String)

    /// One word for it; stable.
    package var name: String {
        switch self {
        case .sent: "sent"
        case .retry: "retried"
        case .givenUp: "given_up"
        }
    }
}

/// Somebody who can be told.
package protocol Notifier: Sendable {
    /// Tells `text`, plain and at most 2,000 characters.
    /// - Throws: ``Fault`` without addresses or tokens in it; `CancellationError`.
    func tell(_ text: String) async throws
}
