import Primitives
import TestSupport
import Testing

@testable import EmbeddedServices

@Suite struct `Claims on ports` {
    @Test func `A port is claimed by one at a time, and by the next one when it is let go of`() throws {
        let port = try FreePort.find()
        var first = PortClaim(port)
        #expect(first?.port == port)
        #expect(PortClaim(port) == nil)
        // A claim is a word between processes and stops nobody from listening.
        #expect(FreePort.isFree(port))
        #expect(try PortClaim.of(port).port != port)
        first = nil
        #expect(try PortClaim.of(port).port == port)
    }

    @Test func `A port that somebody listens on is not claimed, and many at once are all different`() async throws {
        try await LoopbackHTTPServer.withServer { _ in
            .status(200)
        } body: { server in
            let other = try PortClaim.of(server.port).port
            #expect(other != server.port)
        }
        let claims = Locked<[PortClaim]>([])
        let wanted = try FreePort.find()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 {
                group.addTask {
                    let claim = try PortClaim.of(wanted)
                    claims.withLock { $0.append(claim) }
                }
            }
            try await group.waitForAll()
        }
        let ports = claims.withLock { $0.map(\.port) }
        #expect(Set(ports).count == 200 && ports.contains(wanted))
    }
}
