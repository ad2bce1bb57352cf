/// Writes what a crawl finds while the crawl goes on: one batch at a time, in order.
struct CrawlJournal {
    private var writing: Task<Void, any Error>?

    /// Waits for the batch before this one, then begins to write this one.
    ///
    /// - Throws: what writing the batch before threw; nothing is begun then.
    mutating func begin(_ write: @escaping @Sendable () async throws -> Void) async throws {
        try await finish()
        writing = Task { try await write() }
    }

    /// Waits until everything is written.
    ///
    /// - Throws: what writing threw.
    mutating func finish() async throws {
        let last = writing
        writing = nil
        try await last?.value
    }

    /// Stops writing and waits until nothing is under way any more.
    mutating func abandon() async {
        writing?.cancel()
        _ = await writing?.result
        writing = nil
    }
}
