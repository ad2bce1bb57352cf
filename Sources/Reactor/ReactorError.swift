/// A system call of the reactor failed: the process is out of descriptors or threads, or a descriptor is not what it was said to be.
package struct ReactorError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The system call that failed.
    package let call: String
    /// What it failed with.
    package let errno: Int32

    package var description: String { "The system refused an operation." }
    package var debugDescription: String { "\(call) failed with errno \(errno)" }
    /// Descriptors and threads come back when others let go of them.
    package var isRetryable: Bool { true }
}
