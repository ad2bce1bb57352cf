import Domain
import Telemetry

/// How the service and what it needs are.
struct HealthScreen: Sendable {
    let console: Console

    var routes: [Route] {
        [
            console.screen("/console/health") { _, visitor in
                let report = await console.health.report(phase: console.readiness.phase, maximumAge: .seconds(1))
                return page(report, visitor)
            }
        ]
    }

    private func page(_ report: HealthReport, _ visitor: ConsoleVisitor) -> ConsolePage {
        let rows = report.components.map { component -> HTML in
            """
            <tr><td data-label="Component"><span>\(component.name)</span></td>
            <td data-label="State"><span><span class="state \(component.status == "ok" ? "good" : "bad")">\(component.status.uppercased())</span></span></td>
            <td data-label="Needed"><span>\(component.hard ? "always" : "for some things")</span></td>
            <td data-label="Answered in" class="number">\(component.milliseconds) ms</td></tr>
            """
        }
        let kind = report.status == "ok" ? "good" : report.status == "down" ? "bad" : "warn"
        return ConsolePage(
            title: "Health", place: .health, visitor: visitor, isLive: true,
            content: """
                <h1>Health</h1>
                <p class="lead">Portolan \(console.build.version), revision \(console.build.revision).</p>
                <div id="health" data-live>
                <section class="card" aria-label="Components">
                <p role="status"><span class="state \(kind)">\(report.status.uppercased())</span></p>
                <table><thead><tr><th scope="col">Component</th><th scope="col">State</th><th scope="col">Needed</th><th scope="col" class="number">Answered in</th></tr></thead>
                <tbody>\(rows)</tbody></table>
                </section>
                </div>
                """)
    }
}
