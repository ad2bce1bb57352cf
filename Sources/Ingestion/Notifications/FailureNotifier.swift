package import Domain
package import Logging
package import Primitives

/// Tells somebody about jobs that failed, and whatever else was posted: at least once each, with growing pauses, and not forever.
package struct FailureNotifier: Sendable {
    /// Tries before a notice is given up: with the pauses of ``init(store:notifier:logger:backoff:)`` over about two hours.
    package static let maximumAttempts = 15
    private static let batch = 10
    /// Outlives a batch, so that a loan ends only with its holder.
    private static let term = Duration.seconds(600)

    private let store: any NotificationStore
    private let notifier: any Notifier
    private let logger: Logger
    private let backoff: Backoff
    private let onOutcome: @Sendable (NoticeOutcome) -> Void

    /// - Parameters:
    ///   - store: lends the notices.
    ///   - notifier: tells them.
    ///   - backoff: pauses after failures.
    ///   - onOutcome: hears of each try.
    package init(
        store: any NotificationStore, notifier: any Notifier, logger: Logger,
        backoff: Backoff = Backoff(base: .seconds(5), limit: .seconds(900)),
        onOutcome: @escaping @Sendable (NoticeOutcome) -> Void = { _ in }
    ) {
        (self.store, self.notifier, self.logger, self.backoff, self.onOutcome) = (store, notifier, logger, backoff, onOutcome)
    }

    /// Tells what is due.
    ///
    /// - Returns: how many notices were tried; call again while it is not 0.
    /// - Throws: ``Fault`` when the store is away; `CancellationError`, after which what was not settled is told again.
    @discardableResult
    package func round() async throws -> Int {
        let notices = try await store.claimNotices(limit: Self.batch, term: Self.term)
        for notice in notices {
            let outcome = try await outcome(of: Self.text(notice), attempt: notice.attempt, ["job_id": "\(notice.job)"])
            onOutcome(outcome)
            try await store.settle(notice, outcome)
        }
        let posts = try await store.claimPosts(limit: Self.batch, term: Self.term)
        for post in posts {
            let outcome = try await outcome(of: post.text, attempt: post.attempt, ["notice": "\(post.key)"])
            onOutcome(outcome)
            try await store.settle(post, outcome)
        }
        return notices.count + posts.count
    }

    private func outcome(of text: String, attempt: Int, _ subject: Logger.Metadata) async throws -> NoticeOutcome {
        do {
            try await notifier.tell(text)
            return .sent
        } catch let fault as Fault {
            let reason = String(fault.description.prefix(500))
            let metadata = subject.merging(["attempt": "\(attempt)", "reason": "\(reason)"]) { $1 }
            guard attempt < Self.maximumAttempts else {
                logger.warning("notification given up", metadata: metadata)
                return .givenUp(reason: reason)
            }
            logger.info("notification will be retried", metadata: metadata)
            return .retry(after: max(fault.retryAfter ?? .zero, backoff.delay(afterAttempt: attempt)), reason: reason)
        }
    }

    /// What is told: names, address and reason. Queries and user names of addresses stay out, since they can hold tokens.
    package static func text(_ notice: FailureNotice) -> String {
        let address = (try? SiteURL(notice.rootURL))?.redacted ?? "-"
        var lines = ["Ingestion failed: \(notice.library) \(notice.version) from \(address)"]
        if let fault = notice.fault {
            lines.append("\(fault.code): \(fault.message)")
            if let hint = fault.hint { lines.append(hint) }
        }
        lines.append("Job \(notice.job)")
        return lines.map { line in
            String(String.UnicodeScalarView(line.unicodeScalars.prefix(500).map { $0.value < 0x20 || $0.value == 0x7F ? " " : $0 }))
        }.joined(separator: "\n")
    }
}
