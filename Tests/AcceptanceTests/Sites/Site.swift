import FoundationEssentials
import Primitives
import TestSupport

/// A documentation site on loopback whose edition and temper a test can change while it is being crawled.
final class Site: Sendable {
    /// Answers a request in place of the folder; nil lets the folder answer.
    typealias Fault = @Sendable (HTTPServerRequest) async throws -> HTTPServerResponse?

    private struct State {
        var folder: StaticSite
        var fault: Fault?
        var asked = 0
        var waiting = 0
    }

    private let state: Locked<State>

    init(folder: String) { state = Locked(State(folder: StaticSite(folder: folder))) }

    /// Serves while `body` runs, which gets the site's address with a slash at the end.
    func serve<Result>(_ body: (String) async throws -> Result) async throws -> Result {
        try await LoopbackHTTPServer.withServer {
            try await self.respond(to: $0)
        } body: { server in
            try await body(server.url + "/")
        }
    }

    /// Changes the edition.
    func turn(to folder: String) { state.withLock { $0.folder = StaticSite(folder: folder) } }

    /// Changes the temper; nil makes the site well-behaved again.
    func misbehave(_ fault: Fault?) { state.withLock { $0.fault = fault } }

    /// Answers `count` more requests, then none until the gate that this returns is fulfilled.
    func closeGate(after count: Int = 0) -> Expectation {
        let gate = Expectation()
        let last = state.withLock { $0.asked } + count
        misbehave { [state] _ in
            let number = state.withLock { state in
                state.asked += 1
                return state.asked
            }
            guard number > last else { return nil }
            state.withLock { $0.waiting += 1 }
            defer { state.withLock { $0.waiting -= 1 } }
            try await gate.fulfillment(within: .seconds(120))
            return nil
        }
        return gate
    }

    /// Requests that wait at a gate.
    var waiting: Int { state.withLock(\.waiting) }

    private func respond(to request: HTTPServerRequest) async throws -> HTTPServerResponse {
        let fault = state.withLock(\.fault)
        return try await fault?(request) ?? state.withLock(\.folder).respond(to: request)
    }
}
