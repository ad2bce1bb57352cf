import APIModel
import Domain
import Telemetry

/// How the service and what it needs are.
struct HealthScreen: Sendable {
    let console: Console

    var routes: [Route] {
        [
            console.screen("/console/health") { _, visitor in
                let report = await console.health.report()
                return page(report, visitor)
            }
        ]
    }

    private func page(_ report: HealthDetail, _ visitor: ConsoleVisitor) -> ConsolePage {
        let rows = report.components.map { component -> HTML in
            """
            <tr><td data-label="Component"><span>\(component.name)</span></td>
            <td data-label="State"><span><span class="state \(Self.kind(component.status))">\(component.status.uppercased())</span></span></td>
            <td data-label="Needed"><span>\(component.hard ? "always" : "for some things")</span></td>
            <td data-label="Answered in" class="number">\(component.milliseconds.map { "\($0) ms" } ?? "-")</td></tr>
            """
        }
        let kind = Self.kind(report.status)
        let breakers = report.breakers.map { breaker -> HTML in
            """
            <tr><td data-label="Circuit"><span>\(breaker.name)</span></td>
            <td data-label="State"><span class="state \(breaker.state == "closed" ? "good" : "bad")">\(breaker.state.uppercased())</span></td></tr>
            """
        }
        let circuits: HTML? =
            breakers.isEmpty
            ? nil
            : """
            <section class="card" aria-label="Circuits">
            <table><thead><tr><th scope="col">Circuit</th><th scope="col">State</th></tr></thead><tbody>\(breakers)</tbody></table>
            </section>
            """
        let reasons: HTML? = report.reasons.isEmpty ? nil : ConsoleParts.notice(report.reasons.joined(separator: ", "), "warn")
        return ConsolePage(
            title: "Health", place: .health, visitor: visitor, isLive: true,
            content: """
                <h1>Health</h1>
                <p class="lead">Portolan \(console.build.version), revision \(console.build.revision).</p>
                <div id="health" data-live>
                \(reasons)
                <section class="card" aria-label="Components">
                <p role="status"><span class="state \(kind)">\(report.status.uppercased())</span></p>
                <table><thead><tr><th scope="col">Component</th><th scope="col">State</th><th scope="col">Needed</th><th scope="col" class="number">Answered in</th></tr></thead>
                <tbody>\(rows)</tbody></table>
                </section>
                \(circuits)
                </div>
                """)
    }

    private static func kind(_ status: String) -> String {
        switch status {
        case "healthy": "good"
        case "unhealthy": "bad"
        default: "warn"
        }
    }
}
