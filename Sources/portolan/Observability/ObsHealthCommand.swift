import APIClient
import APIModel
import ArgumentParser

/// `portolan obs health`.
struct ObsHealthCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "health", abstract: "Show how the api is: its components, circuits and memory.",
        discussion: """
            Exits with 0 when it is healthy or degraded, with 1 when a component is away that it is of no use without, with 3 when it cannot be \
            reached. Asks /health of the API, which takes no token.
            """)

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func run(with session: ClientSession) async throws {
        let health = try await session.api.health()
        try session.show(health) { Self.text(health) }
        guard health.status != "unhealthy" else {
            throw CommandFailure(.failed, "The api is unhealthy: \(health.reasons.joined(separator: ", ")).")
        }
    }

    private static func text(_ health: HealthDetail) -> String {
        var lines = ["\(health.status), memory \(health.tier), version \(health.version)"]
        if !health.reasons.isEmpty { lines.append("because of \(health.reasons.joined(separator: ", "))") }
        var table = TextTable([
            .text("COMPONENT"), .text("STATUS"), .text("NEEDED"), .text("FAILURES"), .text("TOOK"), .text("SINCE (UTC)"),
        ])
        for component in health.components {
            table.add([
                component.name, component.status, component.hard ? "yes" : "no", "\(component.failures)",
                component.milliseconds.map { "\($0) ms" } ?? "", component.since.map(Figures.text(of:)) ?? "",
            ])
        }
        var text = lines.joined(separator: "\n") + "\n\n" + table.text
        if !health.breakers.isEmpty { text += "\n" + BreakerReport.table(health.breakers) }
        return text
    }
}
