import APIModel
import Domain
import Hummingbird

/// Circuit breakers, for operators.
struct BreakerRoutes: Sendable {
    let directory: any BreakerDirectory

    var routes: [Route] {
        [Route(.get, "/v1/breakers", .scope(.admin)) { _ in try .json(BreakerList(items: try await directory.breakers())) }]
            + BreakerAction.allCases.map { action in
                Route(.post, "/v1/breakers/{name}/\(action.rawValue)", .scope(.admin)) { call in
                    let name = call.parameters["name"] ?? ""
                    guard let breaker = try await directory.change(name, action) else {
                        throw Fault.notFound("breaker", Call.shown(name))
                    }
                    return try .json(breaker)
                }
            }
    }
}
