import CLibpq
import Primitives

/// Owns a `PGconn`: the only place that hands pointers to libpq, together with its neighbors in this folder.
///
/// Not Sendable: the session actor owns it and touches it on the reactor's thread only. `PQfinish` runs when it goes away.
@safe final class LibpqConnection {
    /// What the handshake waits for next.
    enum Progress {
        case reading, writing, done
        case failed(String)
    }

    /// The state of the session's transaction (`PQtransactionStatus`).
    enum TransactionStatus: Sendable {
        case idle, active, open, failed, unknown
    }

    private let connection: OpaquePointer

    /// Starts a non-blocking connection (`PQconnectStartParams`); nil when memory is short.
    init?(parameters: [(keyword: String, value: String)]) {
        let started = unsafe CStringList.with(parameters.map(\.keyword)) { keywords in
            unsafe CStringList.with(parameters.map(\.value)) { values in unsafe PQconnectStartParams(keywords, values, 0) }
        }
        guard let connection = unsafe started else { return nil }
        unsafe self.connection = unsafe connection
        unsafe portolan_pq_silence(connection)
    }

    deinit { unsafe PQfinish(connection) }

    // MARK: - Connecting

    /// The socket, which may change with each step of the handshake; negative when there is none.
    var socket: Int32 { unsafe PQsocket(connection) }

    /// Goes on with the handshake (`PQconnectPoll`).
    func advance() -> Progress {
        switch unsafe PQconnectPoll(connection) {
        case PGRES_POLLING_READING: .reading
        case PGRES_POLLING_WRITING: .writing
        case PGRES_POLLING_OK: .done
        default: .failed(message)
        }
    }

    /// Whether `PQconnectStartParams` has given up at once.
    var isBroken: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }

    /// The process number of the server's side, which the server's log shows.
    var backendProcess: Int32 { unsafe PQbackendPID(connection) }

    /// What went wrong last on this connection.
    var message: String { unsafe String(trimming: PQerrorMessage(connection)) }

    var transactionStatus: TransactionStatus {
        switch unsafe PQtransactionStatus(connection) {
        case PQTRANS_IDLE: .idle
        case PQTRANS_ACTIVE: .active
        case PQTRANS_INTRANS: .open
        case PQTRANS_INERROR: .failed
        default: .unknown
        }
    }

    // MARK: - Sending

    /// Makes sends return instead of waiting for the socket (`PQsetnonblocking`).
    func becomeNonblocking() -> Bool { unsafe PQsetnonblocking(connection, 1) == 0 }

    /// Enters pipeline mode; the connection must be idle.
    func enterPipeline() -> Bool { unsafe PQenterPipelineMode(connection) == 1 }

    /// Leaves pipeline mode; nothing may be under way.
    func exitPipeline() -> Bool { unsafe PQexitPipelineMode(connection) == 1 }

    /// Prepares `text` as `name` with the types of `parameters`.
    func sendPrepare(name: String, text: String, parameters: ParameterBuffer) -> Bool {
        let types = parameters.slots.map(\.type.rawValue)
        return unsafe PQsendPrepare(connection, name, text, Int32(types.count), types) == 1
    }

    /// Runs a prepared statement; results come in binary.
    func sendPrepared(name: String, parameters: ParameterBuffer) -> Bool {
        unsafe parameters.withPointers { values, lengths, formats in
            unsafe PQsendQueryPrepared(connection, name, Int32(parameters.slots.count), values, lengths, formats, 1) == 1
        }
    }

    /// Parses and runs a statement without keeping it; results come in binary.
    func sendUnprepared(text: String, parameters: ParameterBuffer) -> Bool {
        let types = parameters.slots.map(\.type.rawValue)
        return unsafe parameters.withPointers { values, lengths, formats in
            unsafe PQsendQueryParams(connection, text, Int32(types.count), types, values, lengths, formats, 1) == 1
        }
    }

    /// Runs one or several statements by the simple protocol, outside of pipeline mode.
    func sendScript(_ text: String) -> Bool { unsafe PQsendQuery(connection, text) == 1 }

    /// Ends a unit of the pipeline: an error skips to here, and what was done since the last one is committed.
    func sendSync() -> Bool { unsafe PQpipelineSync(connection) == 1 }

    /// Hands over COPY data; false when the connection is broken, nil when the send buffer is full.
    func putCopy(_ chunk: [UInt8]) -> Bool? {
        // The buffer lives across the call, which copies it.
        let result = unsafe chunk.withUnsafeBytes { bytes in
            unsafe PQputCopyData(connection, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), Int32(bytes.count))
        }
        return result == 0 ? nil : result > 0
    }

    /// Ends COPY, with an error that makes the server discard it when `failure` is given; nil when the send buffer is full.
    func endCopy(failure: String?) -> Bool? {
        let result = unsafe PQputCopyEnd(connection, failure)
        return result == 0 ? nil : result > 0
    }

    /// Sends what is buffered: true when all is out, false when some is left; nil when the connection is broken.
    func flush() -> Bool? {
        let result = unsafe PQflush(connection)
        return result < 0 ? nil : result == 0
    }

    // MARK: - Receiving

    /// Reads what has arrived; false when the connection is broken.
    func consume() -> Bool { unsafe PQconsumeInput(connection) == 1 }

    /// Whether `nextResult` would have to wait.
    var isBusy: Bool { unsafe PQisBusy(connection) == 1 }

    /// The next result; nil ends the results of one statement.
    func nextResult() -> LibpqResult? {
        guard let result = unsafe PQgetResult(connection) else { return nil }
        return unsafe LibpqResult(owning: result)
    }

    /// The next notification that has arrived.
    func nextNotification() -> PostgresNotification? {
        guard let notification = unsafe PQnotifies(connection) else { return nil }
        defer { unsafe PQfreemem(notification) }
        return unsafe PostgresNotification(
            channel: String(cString: notification.pointee.relname), payload: String(cString: notification.pointee.extra),
            process: notification.pointee.be_pid)
    }

    /// What can cancel the running statement from another thread; nil when not connected.
    func makeCancellation() -> LibpqCancellation? {
        guard let cancellation = unsafe PQgetCancel(connection) else { return nil }
        return unsafe LibpqCancellation(owning: cancellation)
    }
}

extension String {
    /// A message of libpq without the line break at its end.
    init(trimming message: UnsafePointer<CChar>?) {
        guard let message = unsafe message else {
            self = ""
            return
        }
        var text = unsafe String(cString: message)
        while text.last?.isWhitespace ?? false { text.removeLast() }
        self = text
    }
}
