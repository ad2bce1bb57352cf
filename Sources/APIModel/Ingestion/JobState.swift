/// State of an ingestion job on the wire.
package enum JobState: String, Sendable, Hashable, Codable, CaseIterable {
    case pending = "PENDING"
    case crawling = "CRAWLING"
    case parsing = "PARSING"
    case embedding = "EMBEDDING"
    case indexing = "INDEXING"
    case completed = "COMPLETED"
    case failed = "FAILED"
    case stopped = "STOPPED"

    /// Whether the job has ended.
    package var isFinal: Bool { self == .completed || self == .failed || self == .stopped }
}
