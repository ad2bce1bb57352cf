import CInference
import Glibc

/// A thread that belongs to one purpose, outside the cooperative pool, whose few threads must never be blocked by a kernel.
struct DedicatedThread: Sendable {
    private let thread: pthread_t

    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Starts a thread that runs `body`; it must be joined. Throws `InferenceError` (`outOfResources`).
    ///
    /// - Parameter name: at most 15 bytes, shown by `top -H`.
    init(name: String, _ body: @escaping @Sendable () -> Void) throws(InferenceError) {
        var thread = pthread_t()
        // Retained for the thread, which releases it first thing; here when there is no thread.
        let context = unsafe Unmanaged.passRetained(
            Body {
                unsafe inference_name_thread(name)
                body()
            })
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        guard status == 0 else {
            unsafe context.release()
            throw InferenceError(.outOfResources, "a thread cannot be started (errno \(status))")
        }
        self.thread = thread
    }

    /// Blocks until the thread has ended. Call it once, from another thread.
    func join() { pthread_join(thread, nil) }
}
