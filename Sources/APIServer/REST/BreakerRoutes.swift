import APIModel
import Domain
import Hummingbird

/// Circuit breakers, for operators.
struct BreakerRoutes: Sendable {
    let directory: any BreakerDirectory

    private static let name = Parameter.segment("name", "breaker", pattern: "^[!-.0-~]{1,300}$") { text in
        (1...300).contains(text.utf8.count)
    }

    var routes: [Route] {
        [
            Route(
                .get, "/v1/breakers", .scope(.admin), Operation("listBreakers", .operations, "Circuits and their states")
            ) { _ in Answer(BreakerList(items: try await directory.breakers())) }
        ]
            + BreakerAction.allCases.map { action in
                Route(
                    .post, "/v1/breakers/{name}/\(action.rawValue)", .scope(.admin),
                    Operation("\(action.rawValue)Breaker", .operations, action.summary, problems: [409]), Self.name
                ) { _, name in
                    guard let breaker = try await directory.change(name, action) else { throw Fault.notFound("breaker", Call.shown(name)) }
                    return Answer(breaker)
                }
            }
    }
}

extension BreakerAction {
    /// One line for people.
    fileprivate var summary: String {
        switch self {
        case .open: "Opens a circuit until it is closed by hand"
        case .close: "Closes a circuit"
        case .reset: "Closes a circuit and forgets its history"
        }
    }
}
