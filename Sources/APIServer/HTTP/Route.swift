import Hummingbird

/// One method of one path, and what answers it.
struct Route: Sendable {
    /// Who may use a route.
    enum Access: Sendable, Hashable {
        /// Everyone.
        case open
        /// Holders of the scope.
        case scope(Principal.Scope)
    }

    typealias Handler = @Sendable (Call) async throws -> Response

    /// The method; nil takes all.
    let method: HTTPRequest.Method?
    /// The path with parameters in braces, such as `/v1/jobs/{id}`: also the label in metrics and logs.
    let template: String
    let access: Access
    /// What the description of the API says of it; nil where another protocol or the console describes itself.
    let contract: Contract?
    let handler: Handler
    /// The handler of a route with a contract, before its reply goes out.
    let render: Renderer?
    /// Whether it is a page of the console: a browser's session stands in for the token there, and refusals are pages too.
    let isPage: Bool
    /// How long after a request's time its handler may still answer: one that ends late work by itself says so in its own protocol.
    var grace = Duration.zero

    typealias Renderer = @Sendable (Call) async throws -> Rendered

    init(_ method: HTTPRequest.Method?, _ template: String, _ access: Access, _ handler: @escaping Handler) {
        self.init(method, template, access, isPage: false, handler)
    }

    private init(_ method: HTTPRequest.Method?, _ template: String, _ access: Access, isPage: Bool, _ handler: @escaping Handler) {
        (self.method, self.template, self.access, self.handler) = (method, template, access, handler)
        (contract, render, self.isPage) = (nil, nil, isPage)
    }

    /// A page of the console.
    static func page(
        _ method: HTTPRequest.Method, _ template: String, _ access: Access, _ handler: @escaping Handler
    ) -> Route {
        Route(method, template, access, isPage: true, handler)
    }

    init(_ method: HTTPRequest.Method?, _ template: String, _ access: Access, contract: Contract, render: @escaping Renderer) {
        (self.method, self.template, self.access, self.contract, self.render) = (method, template, access, contract, render)
        isPage = false
        handler = { call in try await render(call).response }
    }
}

/// All routes of a server.
struct RouteTable: Sendable {
    /// What a path leads to.
    enum Match: Sendable {
        case route(Route, parameters: [String: String])
        case otherMethod(template: String, allowed: [HTTPRequest.Method])
        case none
    }

    private struct Entry: Sendable {
        let template: String
        let segments: [Substring]
        var routes: [Route]

        var literals: Int { segments.count { !$0.hasPrefix("{") } }

        /// The parameters of `path`; nil when the template does not cover it.
        func parameters(_ path: [Substring]) -> [String: String]? {
            guard path.count == segments.count else { return nil }
            var parameters: [String: String] = [:]
            for (expected, given) in zip(segments, path) {
                if expected.hasPrefix("{") {
                    guard !given.isEmpty, let value = PercentDecoding.decoded(given) else { return nil }
                    parameters[String(expected.dropFirst().dropLast())] = value
                } else if expected != given {
                    return nil
                }
            }
            return parameters
        }

        var allowed: [HTTPRequest.Method] {
            let methods = routes.compactMap(\.method)
            return (methods + (methods.contains(.get) ? [.head] : []) + [.options]).sorted { $0.rawValue < $1.rawValue }
        }
    }

    private let entries: [Entry]

    /// Every route, in no order.
    var all: [Route] { entries.flatMap(\.routes) }

    init(_ routes: [Route]) {
        var entries: [Entry] = []
        for route in routes {
            if let index = entries.firstIndex(where: { $0.template == route.template }) {
                entries[index].routes.append(route)
            } else {
                entries.append(Entry(template: route.template, segments: Self.segments(route.template), routes: [route]))
            }
        }
        // The more literal template wins: `/v1/documentation/ingestion` is no documentation of that name.
        self.entries = entries.sorted { $0.literals > $1.literals }
    }

    /// What answers `method` on `path`, which has no query. HEAD is answered by GET.
    func match(_ method: HTTPRequest.Method, _ path: some StringProtocol) -> Match {
        let segments = Self.segments(path)
        for entry in entries {
            guard let parameters = entry.parameters(segments) else { continue }
            let wanted = method == .head ? .get : method
            if let route = entry.routes.first(where: { $0.method == wanted || $0.method == nil }) {
                return .route(route, parameters: parameters)
            }
            return .otherMethod(template: entry.template, allowed: entry.allowed)
        }
        return .none
    }

    private static func segments(_ path: some StringProtocol) -> [Substring] {
        String(path).dropFirst().split(separator: "/", omittingEmptySubsequences: false)
    }
}
