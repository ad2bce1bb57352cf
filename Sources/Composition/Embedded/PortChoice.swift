import EmbeddedServices
import FoundationEssentials
import Glibc

/// The ports of a stack: those that it is known by where they are free, others where they are not.
///
/// Each is claimed until the stack stops, so that two stacks that start in the same second do not choose the same. A program that claims nothing can
/// still take a port before the role listens on it: then all are chosen anew.
package struct PortChoice: Sendable {
    /// A port that somebody took between the choice and the start.
    package struct Taken: Error {
        package let port: Int

        package init(_ port: Int) { self.port = port }
    }

    private let wanted: Int
    private static let attempts = 5

    /// - Parameter wanted: the public port; 0 for a free one.
    package init(public wanted: Int) { self.wanted = wanted }

    /// Runs `body` with ports, and again with others when it throws ``Taken``.
    ///
    /// - Throws: ``StartFailure`` when the public port that is wanted is taken, or one was taken time after time; what `body` throws.
    package func run<Result>(_ body: (StackPorts) async throws -> Result) async throws -> Result {
        var taken = wanted
        for _ in 0..<Self.attempts {
            let open = wanted == 0 ? try PortClaim.of(nil) : PortClaim(wanted)
            guard let open, wanted == 0 || FreePort.isFree(wanted) else { throw Self.failure(wanted) }
            let claims = [open] + (try [9464, 9465, 9466].map { try PortClaim.of($0) })
            let ports = StackPorts(
                process: getpid(), public: claims[0].port, api_admin: claims[1].port, worker_admin: claims[2].port,
                scheduler_admin: claims[3].port)
            defer { withExtendedLifetime(claims) {} }
            do { return try await body(ports) } catch let error as Taken {
                if error.port == wanted { throw Self.failure(wanted) }
                taken = error.port
            }
        }
        throw Self.failure(taken)
    }

    private static func failure(_ port: Int) -> StartFailure {
        StartFailure("Port \(port) is taken. Choose another with --port, or 0 for a free one.")
    }
}
