import Composition
import EmbeddedServices
import TestSupport
import Testing

@Suite(.serialized) struct `Ports of a stack` {
    @Test func `What somebody took before a role listened on it is chosen anew, four times at most`() async throws {
        var seen: [StackPorts] = []
        let chosen = try await PortChoice(public: 0).run { ports in
            seen.append(ports)
            if seen.count < 3 { throw PortChoice.Taken(ports.public) }
            return ports.public
        }
        #expect(seen.count == 3 && seen[2].public == chosen)
        // Claims of a choice that came to nothing are let go of.
        for ports in seen { #expect(PortClaim(ports.public) != nil) }
        for ports in seen { #expect(Set([ports.public, ports.api_admin, ports.worker_admin, ports.scheduler_admin]).count == 4) }
        var tries = 0
        await #expect(throws: StartFailure.self) {
            try await PortChoice(public: 0).run { ports in
                tries += 1
                throw PortChoice.Taken(ports.worker_admin)
            }
        }
        #expect(tries == 5)
    }

    @Test func `A public port that was asked for is that one or none`() async throws {
        let wanted = try FreePort.find()
        #expect(try await PortChoice(public: wanted).run { $0.public } == wanted)
        let held = PortClaim(wanted)
        let failure = await #expect(throws: StartFailure.self) { try await PortChoice(public: wanted).run { _ in } }
        #expect(failure?.description == "Port \(wanted) is taken. Choose another with --port, or 0 for a free one.")
        withExtendedLifetime(held) {}
        try await LoopbackHTTPServer.withServer { _ in
            .status(200)
        } body: { server in
            _ = await #expect(throws: StartFailure.self) { try await PortChoice(public: server.port).run { _ in } }
        }
        await #expect(throws: StartFailure.self) { try await PortChoice(public: wanted).run { _ in throw PortChoice.Taken(wanted) } }
    }

    @Test func `Two stacks at the same moment have no port in common`() async throws {
        try await PortChoice(public: 0).run { first in
            try await PortChoice(public: 0).run { second in
                let all = [first, second].flatMap { [$0.public, $0.api_admin, $0.worker_admin, $0.scheduler_admin] }
                #expect(Set(all).count == 8)
            }
        }
    }
}
