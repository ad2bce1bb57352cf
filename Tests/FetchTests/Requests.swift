import Fetch
import Primitives
import TestSupport

/// Runs `body` with a server that answers with `handler`, and a client.
func withPeer<Result>(
    _ configuration: HTTPFetcher.Configuration = HTTPFetcher.Configuration(), answering handler: @escaping LoopbackHTTPServer.Handler,
    body: (LoopbackHTTPServer, HTTPFetcher) async throws -> Result
) async throws -> Result {
    try await LoopbackHTTPServer.withServer(handler: handler) { server in
        let fetcher = try HTTPFetcher(configuration)
        defer { fetcher.close() }
        return try await body(server, fetcher)
    }
}

extension LoopbackHTTPServer {
    /// A request for `path` of this server.
    func request(_ path: String, _ method: String = "GET", body: [UInt8] = []) -> FetchRequest {
        FetchRequest(method, url + path, body: body)
    }
}

extension HTTPFetcher {
    /// What sending `request` ends with; `nil` when there is an answer.
    func failure(_ request: FetchRequest) async -> FetchError? {
        do throws(FetchError) {
            _ = try await send(request)
            return nil
        } catch {
            return error
        }
    }
}
