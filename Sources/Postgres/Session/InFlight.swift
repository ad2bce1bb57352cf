import Reactor

/// An operation that the server has been sent, and what has come back so far.
struct InFlight {
    /// Who the answer is for.
    enum Purpose {
        case caller
        /// Housekeeping of the session's own.
        case housekeeping
        /// A statement that takes the blow of a cancel request that came too late.
        case absorber
    }

    let operation: Operation
    var purpose = Purpose.caller
    /// The prepared statement that it uses or makes.
    var key: StatementCache.Key?
    /// Whether the answer to PREPARE is still to come.
    var isPreparing = false
    var table: ResultTable?
    var error: PostgresError?
    /// Why its caller does not want it any more.
    var abandoned: PostgresError?
    /// COPY: the next chunk to send; nil outside of sending.
    var nextChunk: Int?

    /// Whether the statement came from the cache and the server's side of the cache proved stale.
    var isStale: Bool { key != nil && !isPreparing && (error?.sqlState == "26000" || error?.sqlState == "0A000") }
}

/// A cancel request for the first operation under way.
struct Cancellation {
    /// Whether the server has taken note of the request, so that it cannot hit a later statement unseen.
    var hasReturned: Bool
    var grace: ReactorTimer?
    /// The operation, when its answer came before the request's.
    var held: (operation: Operation, reason: PostgresError, result: Result<ResultTable, PostgresError>)?
}
