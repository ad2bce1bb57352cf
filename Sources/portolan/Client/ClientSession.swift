import APIClient
import APIModel
import Fetch
import Primitives

/// A client of the API for the length of one command, and where its answers go.
struct ClientSession: Sendable {
    /// The API.
    let api: PortolanClient
    /// Whether answers are printed as JSON.
    let isJSON: Bool
    /// What is around the command.
    let context: CommandContext
    private let endpoint: Endpoint

    /// - Throws: ``CommandFailure`` when the address or the token is no good.
    init(_ options: ClientOptions, _ context: CommandContext) throws {
        endpoint = try Endpoint.resolve(url: options.url, token: options.token, in: context)
        var configuration = HTTPFetcher.Configuration()
        configuration.userAgent = "Portolan/\(Portolan.version)"
        api = PortolanClient(baseURL: endpoint.url, token: endpoint.token, fetcher: try HTTPFetcher(configuration))
        (isJSON, self.context) = (options.json, context)
    }

    /// Prints `value` as the API's JSON, or `text` for people.
    func show(_ value: some Encodable, as text: () -> String) throws {
        context.terminal.output(isJSON ? try Self.json(value) : text())
    }

    /// One line of the API's JSON: keys sorted, dates in RFC 3339.
    static func json(_ value: some Encodable) throws -> String { String(decoding: try WireJSON.encode(value), as: UTF8.self) + "\n" }

    /// Tells the person at the terminal something beside the answer.
    func note(_ text: String) { context.terminal.diagnostics(PlainText.line(text) + "\n") }

    /// Runs `body` and says where a token comes from when it fails for want of one.
    func explaining(_ body: () async throws -> Void) async throws {
        do { try await body() } catch let error as APIClientError where error.status == 401 && endpoint.token == nil {
            note("No token was sent: set PORTOLAN_TOKEN or PORTOLAN_TOKEN_FILE, or run this where the state of the local stack lies.")
            throw error
        }
    }
}
