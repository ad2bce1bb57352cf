import CPlatform

/// Owns a reactor thread: the thread starts with the handle and ends once the last reference to the handle is gone and nothing is left to run.
///
/// An actor on the thread keeps the handle, so its executor outlives it.
package final class ReactorHandle: Sendable {
    /// The thread, for `unownedExecutor`, `execute`, watches and timers.
    package let thread: ReactorThread

    /// Starts a thread called `name` (15 bytes count). Throws when the system is out of descriptors or threads.
    package init(name: String) throws(ReactorError) {
        let thread = try ReactorThread()
        self.thread = thread
        try HelperThread.run(name: name) { thread.run() }
    }

    deinit { thread.stop() }
}
