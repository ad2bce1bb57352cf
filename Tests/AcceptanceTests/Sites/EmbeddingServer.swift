import FoundationEssentials
import Primitives
import TestSupport

/// An embedding server in the place of a provider's, which can fall ill in several ways.
final class EmbeddingServer: Sendable {
    /// How it answers from now on.
    enum Health: Sendable, Equatable {
        case well
        /// Answers with this status.
        case failing(Int)
        /// Takes requests and does not answer while this is so.
        case silent
    }

    private struct Asked: Decodable { let input: [String] }

    private let health = Locked(Health.well)
    private let arrivals = Locked<[HTTPServerRequest]>([])
    private let release = Locked(Expectation())
    private let left = Locked(0)

    /// Every request so far.
    var requests: [HTTPServerRequest] { arrivals.withLock(\.self) }

    /// Requests whose client did not wait for the answer.
    var abandoned: Int { left.withLock(\.self) }

    /// Changes how it answers, also to whom is waiting.
    func turn(_ next: Health) {
        health.withLock { $0 = next }
        guard next != .silent else { return }
        release.withLock { waiting in
            waiting.fulfill()
            waiting = Expectation()
        }
    }

    /// Runs `body` beside a server, with the settings that name it.
    static func with<Result>(_ body: (EmbeddingServer, [String: String]) async throws -> Result) async throws -> Result {
        let server = EmbeddingServer()
        return try await LoopbackHTTPServer.withServer { request in
            server.arrivals.withLock { $0.append(request) }
            let (now, gate) = (server.health.withLock(\.self), server.release.withLock(\.self))
            if now == .silent {
                do { try await gate.fulfillment(within: .seconds(300)) } catch {
                    server.left.withLock { $0 += 1 }
                    throw error
                }
            }
            if case .failing(let status) = now { return .status(status) }
            let count = try JSONDecoder().decode(Asked.self, from: Data(request.body)).input.count
            let vectors = (0..<count).map { "{\"object\":\"embedding\",\"index\":\($0),\"embedding\":[1,0,0]}" }.joined(separator: ",")
            return .json("{\"object\":\"list\",\"model\":\"m\",\"data\":[\(vectors)]}")
        } body: { loopback in
            let settings = [
                "PORTOLAN_EMBEDDER": loopback.url + "/v1", "PORTOLAN_EMBEDDER_MODEL": "m", "PORTOLAN_EMBEDDER_DIMENSION": "3",
            ]
            return try await body(server, settings)
        }
    }
}
