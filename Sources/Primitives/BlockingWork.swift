import Glibc

/// Runs work that blocks for the disk on a thread of its own, outside the cooperative pool, whose few threads must never wait.
public enum BlockingWork {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    /// Runs `body` and returns what it returns or throws.
    ///
    /// - Parameter body: gets a function that says whether the calling task was cancelled; it asks between its steps and throws
    ///   `CancellationError` itself. The call returns when the body does, not before.
    public static func run<Result: Sendable>(
        _ body: @escaping @Sendable (_ isCancelled: @escaping @Sendable () -> Bool) throws -> Result
    ) async throws -> Result {
        let isCancelled = Locked(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Result, any Error>) in
                let status = start {
                    continuation.resume(with: Swift.Result { try body { isCancelled.withLock { $0 } } })
                }
                if status != 0 { continuation.resume(throwing: NoThread(code: status)) }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }

    /// The system has no thread left.
    public struct NoThread: Error, Sendable, CustomStringConvertible {
        /// What `pthread_create` returned.
        public let code: Int32
        public var description: String { "a thread cannot be started (errno \(code))" }
    }

    private static func start(_ run: @escaping @Sendable () -> Void) -> Int32 {
        var thread = pthread_t()
        // Retained for the thread, which releases it first thing; here when there is no thread.
        let context = unsafe Unmanaged.passRetained(Body(run))
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        if status == 0 { pthread_detach(thread) } else { unsafe context.release() }
        return status
    }
}
