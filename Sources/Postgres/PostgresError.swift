/// What went wrong between this process and Postgres.
///
/// `description` says nothing about statements, data or addresses; `debugDescription` says all of it but parameter values.
package struct PostgresError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of failure; more kinds may come.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case connection, server, timeout, cancelled, decoding, encoding, poolExhausted, closed, configuration, migration
        }

        private let kind: Kind

        /// The server cannot be reached, or the connection broke.
        package static let connection = Code(kind: .connection)
        /// The server refused the statement: see `sqlState`.
        package static let server = Code(kind: .server)
        /// The deadline passed; the statement may have been carried out if it was sent.
        package static let timeout = Code(kind: .timeout)
        /// The task was cancelled; the statement may have been carried out if it was sent.
        package static let cancelled = Code(kind: .cancelled)
        /// A column does not hold what the caller asked for.
        package static let decoding = Code(kind: .decoding)
        /// A parameter cannot be sent, for example text with a NUL.
        package static let encoding = Code(kind: .encoding)
        /// Too many callers wait already.
        package static let poolExhausted = Code(kind: .poolExhausted)
        /// The client, or the lease on the connection, has ended.
        package static let closed = Code(kind: .closed)
        /// The database URL or the settings are wrong.
        package static let configuration = Code(kind: .configuration)
        /// A migration failed, or the history differs from this program's.
        package static let migration = Code(kind: .migration)

        package var description: String { kind.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What happened, with details that are not for strangers.
    package let message: String
    /// The five-character SQLSTATE, when the server gave one (Postgres manual, appendix A).
    package let sqlState: String?
    /// The violated constraint, when the server named one.
    package let constraint: String?
    /// The server's detail, hint and position, when given.
    package let detail: String?
    /// The statement, with placeholders for its parameters.
    package internal(set) var statement: String?
    /// What caused it, when that was another error.
    package let underlying: (any Error)?
    /// Whether the statement certainly never left this process, which makes repeating it harmless.
    package let wasNeverSent: Bool
    /// Where the error was made.
    package let location: String

    package init(
        _ code: Code, _ message: String, sqlState: String? = nil, constraint: String? = nil, detail: String? = nil,
        statement: String? = nil,
        underlying: (any Error)? = nil, wasNeverSent: Bool = false, file: String = #fileID, line: Int = #line
    ) {
        (self.code, self.message, self.sqlState, self.constraint) = (code, message, sqlState, constraint)
        (self.detail, self.statement, self.underlying, self.wasNeverSent) = (detail, statement, underlying, wasNeverSent)
        location = "\(file):\(line)"
    }

    /// Whether the same work may succeed when it is tried again; work that was sent must be safe to repeat.
    package var isRetryable: Bool {
        switch code {
        case .connection, .timeout, .poolExhausted: true
        case .server: sqlState.map(Self.isRetryable(sqlState:)) ?? false
        default: false
        }
    }

    /// Whether a unique constraint was violated (SQLSTATE 23505).
    package var isUniqueViolation: Bool { sqlState == "23505" }

    package var description: String {
        switch code {
        case .connection: "The database cannot be reached."
        case .server: sqlState.map { "The database refused the statement (SQLSTATE \($0))." } ?? "The database refused the statement."
        case .timeout: "The database did not answer in time."
        case .cancelled: "The database operation was cancelled."
        case .decoding: "The database returned a value of an unexpected kind."
        case .encoding: "A value cannot be stored in the database."
        case .poolExhausted: "Too many database operations are waiting."
        case .closed: "The database connection has been closed."
        case .configuration: "The database configuration is wrong."
        case .migration: "The database schema could not be brought up to date."
        default: "The database operation failed."
        }
    }

    package var debugDescription: String {
        var text = "PostgresError.\(code): \(message)"
        if let sqlState { text += " [SQLSTATE \(sqlState)]" }
        if let constraint { text += " [constraint \(constraint)]" }
        if let detail { text += " [\(detail)]" }
        if let statement { text += " in: \(statement.prefix(2000))" }
        if let underlying { text += " because: \(String(reflecting: underlying))" }
        return text + " (\(location))"
    }

    private static func isRetryable(sqlState: String) -> Bool {
        // Connection exceptions, serialization failure and deadlock, resources, operator intervention, lock not available.
        // 57014 is a cancel, which the driver turns into `timeout` or `cancelled` when it was its own.
        sqlState.hasPrefix("08") || sqlState.hasPrefix("40") || sqlState.hasPrefix("53") || sqlState == "55P03"
            || (sqlState.hasPrefix("57P") && sqlState != "57P04") || sqlState == "57014"
    }
}
