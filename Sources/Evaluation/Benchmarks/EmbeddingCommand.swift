import ArgumentParser
import Domain
import FoundationEssentials
import Models
import TestSupport

/// The local model beside the same weights in f32 under ONNX Runtime, on the same texts and cores.
struct EmbeddingCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "bench-embed", abstract: "Measures embedding beside its peer.")

    @OptionGroup var peer: Peer
    @Option(help: "Seconds of each of the two rounds.") var seconds = 10.0
    @Option(help: "Folder for what is kept between runs.") var state = ".build/benchmark"

    func run() async throws {
        guard let data = TestData.directory else { throw Failure("There is no test data: set PORTOLAN_TEST_DATA.") }
        let cores = ProcessInfo.processInfo.activeProcessorCount
        let embedder = LocalEmbedder(modelDirectory: Laboratory.modelDirectory, lanes: cores)
        defer { embedder.shutDown() }
        let texts = try await QuestionSet.abstracts(data: data).entries.prefix(2048).map { entry in
            "\(entry.title) \(entry.text)".split(whereSeparator: \.isNewline).joined(separator: " ")
        }
        let file = "\(state)/texts.txt"
        try FileManager.default.createDirectory(atPath: state, withIntermediateDirectories: true)
        try Data(texts.joined(separator: "\n").utf8).write(to: URL(filePath: file))
        _ = try await embedder.embed(Array(texts.prefix(64)), purpose: .passage)
        // The machine may be shared: one round of ours on each side of the peer's.
        let before = try await rate(embedder, texts)
        let output = try await peer.run(
            "peer_embed.py", [Laboratory.modelDirectory, "--threads", "\(cores)", "--seconds", "\(seconds)", "--texts", file])
        let after = try await rate(embedder, texts)
        // Without bfloat16 in the processor only the portable precision is left, and the target is another.
        let set = embedder.instructionSet ?? "unknown"
        let hasShortFloats = set.lowercased().contains("bf16") || set.lowercased().contains("amx")
        try BenchmarkResult(
            "embedding", rate: (before + after) / 2, peer: Peer.number(before: "texts/s", in: output), unit: "texts/s",
            atLeast: hasShortFloats ? 2.5 : 0.8, detail: "abstracts of at most 256 tokens, \(cores) threads, \(set)"
        ).report()
        try BenchmarkResult(
            "embedding: least cosine to the reference", value: try await leastCosine(embedder, data: data), unit: "", target: 0.9999,
            isMinimum: true, detail: "minilm_golden.json"
        ).report()
    }

    /// Texts a second in batches of the pipeline's size.
    private func rate(_ embedder: LocalEmbedder, _ texts: [String]) async throws -> Double {
        let start = ContinuousClock.now
        var (count, index) = (0, 0)
        while start.duration(to: .now) < .seconds(seconds) {
            let batch = Array(texts[index..<min(index + 64, texts.count)])
            _ = try await embedder.embed(batch, purpose: .passage)
            count += batch.count
            index = index + 64 < texts.count ? index + 64 : 0
        }
        return Double(count) / start.duration(to: .now).milliseconds * 1000
    }

    private func leastCosine(_ embedder: LocalEmbedder, data: String) async throws -> Double {
        struct Golden: Decodable {
            struct Case: Decodable {
                let text: String, embedding: [Float]
            }
            let cases: [Case]
        }
        guard let bytes = FileManager.default.contents(atPath: "\(data)/minilm_golden.json") else { throw Failure("No reference vectors.") }
        let cases = try JSONDecoder().decode(Golden.self, from: bytes).cases
        let vectors = try await embedder.embed(cases.map(\.text), purpose: .passage)
        return zip(cases, vectors).map { Self.cosine($0.embedding, $1) }.min() ?? 0
    }

    private static func cosine(_ left: [Float], _ right: [Float]) -> Double {
        func dot(_ a: [Float], _ b: [Float]) -> Double { zip(a, b).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
        return dot(left, right) / (dot(left, left) * dot(right, right)).squareRoot()
    }
}
