import ArgumentParser
import Domain
import EmbeddedServices
import Policy
import TestSupport

/// Crawl, sections, stored, without embedding: pages a second beside httpx, BeautifulSoup and asyncpg on the same site and database.
struct PipelineCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-pipeline", abstract: "Measures ingestion beside its peer.")

    @OptionGroup var peer: Peer
    @Option(help: "Folder for what is kept between runs.") var state = ".build/benchmark/state"

    func run() async throws {
        guard let data = TestData.directory else { throw Failure("There is no test data: set PORTOLAN_TEST_DATA.") }
        try await Laboratory.with(state: state, listening: .loopback(port: 0)) { laboratory in
            try await RealSite(name: "fastapi-docs-0.141.1").serve(data: data, state: laboratory.state) { url in
                let before = try await ProcessorTime.now(laboratory.client).own
                var rates: [Double] = []
                for _ in 0..<5 {
                    try await laboratory.clear()
                    let start = ContinuousClock.now
                    let job = try await laboratory.ingest(url, library: "fastapi", isEmbedding: false)
                    let pages = job.counts.pagesByOutcome["fetched"] ?? 0
                    rates.append(Double(pages) / start.duration(to: .now).milliseconds * 1000)
                    let stages = job.stageSeconds.sorted { $0.key < $1.key }.map { "\($0.key) \(QualityReport.fixed($0.value, 2)) s" }
                    note("\(pages) pages: \(stages.joined(separator: ", "))")
                }
                let used = try await ProcessorTime.now(laboratory.client).own - before
                let decisions = laboratory.gates.snapshot.values
                let inGates = decisions.reduce(0) { $0 + $1.total.milliseconds }
                try BenchmarkResult(
                    "gates, share of the pipeline's processor time", value: inGates / max(used, 1) * 100, unit: "%", target: 1,
                    detail: "\(decisions.reduce(0) { $0 + $1.invocations }) decisions; processor time of this process"
                ).report()
                let output = try await peer.run("peer_pipeline.py", [url, laboratory.databaseURL])
                try BenchmarkResult(
                    "ingestion without embedding", rate: rates.percentile(0.5), peer: Peer.number(before: "pages/s", in: output),
                    unit: "pages/s", atLeast: 30, detail: "FastAPI 0.141.1 on loopback, submission to COMPLETED, median of 5"
                ).report()
            }
        }
    }
}
