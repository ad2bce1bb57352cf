import Composition
import JobQueue
import Telemetry
import Testing

@Suite struct `What a worker counts of messages` {
    /// The lines of the page that speak of what ended, was given up, tried again or lost, after each of `ends`.
    private func figures(_ ends: [JobEnd]) async -> [String] {
        let metrics = MetricCatalog(build: BuildInfo(version: "0", role: "test"))
        for end in ends { metrics.count(end) }
        let names = [
            "portolan_queue_dead_letters_total{", "portolan_queue_retries_total{", "portolan_leases_lost_total ",
            "portolan_jobs_finished_total{",
        ]
        return await metrics.registry.exposition(.prometheusText).split(separator: "\n").map(String.init)
            .filter { line in names.contains { line.hasPrefix($0) } && !line.hasSuffix(" 0") }.sorted()
    }

    @Test func `a message that cannot be read is a dead letter of its own kind`() async {
        #expect(await figures([.buried, .buried]) == [#"portolan_queue_dead_letters_total{kind="unknown"} 2"#])
    }

    @Test func `a job whose attempts are used up is a dead letter, one that is tried again is not`() async {
        #expect(
            await figures([.exhausted]) == [
                #"portolan_jobs_finished_total{status="failed"} 1"#, #"portolan_queue_dead_letters_total{kind="ingest.run"} 1"#,
            ])
        #expect(await figures([.retried]) == [#"portolan_queue_retries_total{kind="ingest.run"} 1"#])
        #expect(await figures([.lost]) == ["portolan_leases_lost_total 1"])
    }

    @Test(arguments: [(JobEnd.completed, "completed"), (.failed, "failed"), (.stopped, "stopped")])
    func `a job that ends is counted by how it ended`(end: JobEnd, status: String) async {
        #expect(await figures([end]) == [#"portolan_jobs_finished_total{status="\#(status)"} 1"#])
    }

    @Test func `what goes on elsewhere has not ended`() async { #expect(await figures([.handedBack, .skipped]).isEmpty) }
}
