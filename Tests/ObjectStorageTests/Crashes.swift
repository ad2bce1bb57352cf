import Primitives

/// Lets writes crash from a moment on.
final class Crashes: Sendable {
    struct Crash: Error {}

    private let crashes = Locked(false)

    func begin() { crashes.withLock { $0 = true } }

    func check() throws { if crashes.withLock({ $0 }) { throw Crash() } }
}
