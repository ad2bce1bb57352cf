import CLibpq

/// Owns a `PGcancel`.
///
/// Unchecked Sendable: libpq documents `PQcancel` as safe on any thread, and the pointer is only read until `PQfreeCancel`.
@safe final class LibpqCancellation: @unchecked Sendable {
    private let pointer: OpaquePointer

    init(owning pointer: OpaquePointer) { unsafe self.pointer = unsafe pointer }

    deinit { unsafe PQfreeCancel(pointer) }

    /// Asks the server to cancel what the connection runs (`PQcancel`). Blocks until the server has taken note: never call it on the reactor.
    func send() {
        // A cancel request that fails leaves the statement running, which the caller's grace period ends; the text is of no use then.
        var message = [CChar](repeating: 0, count: 256)
        _ = unsafe PQcancel(pointer, &message, Int32(message.count))
    }
}
