import Composition
import JobQueue
import Telemetry
import Testing

@Suite struct `What a worker counts of messages` {
    /// The lines of the page that speak of what was given up, tried again or lost, after each of `ends`.
    private func figures(_ ends: [JobEnd]) async -> [String] {
        let metrics = MetricCatalog(build: BuildInfo(version: "0", role: "test"))
        for end in ends { metrics.queue.count(end) }
        let names = ["portolan_queue_dead_letters_total{", "portolan_queue_retries_total{", "portolan_leases_lost_total "]
        return await metrics.registry.exposition(.prometheusText).split(separator: "\n").map(String.init)
            .filter { line in names.contains { line.hasPrefix($0) } && !line.hasSuffix(" 0") }.sorted()
    }

    @Test func `a message that cannot be read is a dead letter of its own kind`() async {
        #expect(await figures([.buried, .buried]) == [#"portolan_queue_dead_letters_total{kind="unknown"} 2"#])
    }

    @Test func `a job whose attempts are used up is a dead letter, one that is tried again is not`() async {
        #expect(await figures([.exhausted]) == [#"portolan_queue_dead_letters_total{kind="ingest.run"} 1"#])
        #expect(await figures([.retried]) == [#"portolan_queue_retries_total{kind="ingest.run"} 1"#])
        #expect(await figures([.lost]) == ["portolan_leases_lost_total 1"])
    }

    @Test func `all other endings are no letters`() async {
        let others = JobEnd.allCases.filter { ![.buried, .exhausted, .retried, .lost].contains($0) }
        #expect(!others.isEmpty)
        #expect(await figures(others).isEmpty)
    }
}
