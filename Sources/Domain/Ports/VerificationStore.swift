/// What a verification reads and writes.
package protocol VerificationStore: Sendable {
    /// Counts what is stored of a documentation; nil when there is none.
    /// - Throws: ``Fault``.
    func counts(_ documentation: DocumentationID) async throws -> VerificationCounts?

    /// Sections to make questions from: those with text first, otherwise in an order that follows from `seed`.
    /// - Throws: ``Fault``.
    func samples(_ documentation: DocumentationID, seed: String, limit: Int) async throws -> [VerificationSample]

    /// Stores a report, in the place of an earlier one of the same job; the verification is owed no longer.
    /// - Throws: ``Fault``; `notFound` when the job has been deleted.
    func save(_ report: VerificationReport, job: JobID) async throws

    /// The report of a job; nil when it has not been verified, or `access` leaves it out.
    /// - Throws: ``Fault``.
    func report(_ job: JobID, access: LibraryAccess) async throws -> VerificationReport?

    /// Takes on verifications that are due: completed jobs whose worker died before it had verified them. For the length of `term`, which
    /// grows with each attempt, nobody else takes them.
    /// - Returns: at most `limit`, the oldest first.
    /// - Throws: ``Fault``.
    func takeOwed(limit: Int, term: Duration) async throws -> [JobID]

    /// How many completed jobs have no verification yet.
    /// - Throws: ``Fault``.
    func owed() async throws -> Int
}

/// A section that a question can be made from.
package struct VerificationSample: Sendable, Hashable {
    package var path: String
    package var pagePath: String
    package var url: String
    /// Titles from the page down to the section.
    package var headingPath: [String]
    /// The beginning of its text.
    package var text: String

    package init(path: String, pagePath: String, url: String, headingPath: [String], text: String) {
        (self.path, self.pagePath, self.url, self.headingPath, self.text) = (path, pagePath, url, headingPath, text)
    }
}
