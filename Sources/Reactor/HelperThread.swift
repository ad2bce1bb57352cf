import CPlatform

/// Threads for the few calls that can only block, such as `getaddrinfo`: one detached thread per call, so that a stuck call holds nobody up.
package enum HelperThread {
    /// Runs `body` on a thread of its own called `name` (15 bytes count). Throws when the system is out of threads; `body` does not run then.
    package static func run(name: String, _ body: @escaping @Sendable () -> Void) throws(ReactorError) {
        // The box is retained here and released by the thread that takes it, or below when there is no thread.
        let box = unsafe Unmanaged.passRetained(Box(body))
        let failure = unsafe portolan_thread_start(
            name,
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<Box>.fromOpaque(context).takeRetainedValue().body()
            }, box.toOpaque())
        guard failure == 0 else {
            unsafe box.release()
            throw ReactorError(call: "pthread_create", errno: failure)
        }
    }

    private final class Box: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
}
