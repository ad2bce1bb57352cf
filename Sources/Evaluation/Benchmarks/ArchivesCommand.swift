import Archives
import ArgumentParser
import EmbeddedServices
import FoundationEssentials
import Policy
import TestSupport

/// Extraction with all its checks beside `bsdtar`, which has none of them, on the same archive.
struct ArchivesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "archives", abstract: "Measures extraction beside bsdtar.")

    @Option(help: "Files in the archive.") var files = 20_000
    @Option(help: "Bytes of each file.") var bytes = 10_000
    @Option(help: "Runs of each, in turns; the median counts.") var rounds = 5

    func run() async throws {
        for format in ["zip", "tar.gz"] {
            try await withTemporaryDirectory { folder in
                let archive = "\(folder)/archive.\(format)"
                try await ChildProcess.run(
                    "/usr/bin/python3", arguments: ["-c", Self.program, archive, "\(files)", "\(bytes)"], limit: .seconds(300))
                var own: [Double] = []
                var peer: [Double] = []
                for round in 0..<rounds {
                    peer.append(
                        try await measure(in: "\(folder)/peer\(round)") { target in
                            try await ChildProcess.run("/usr/bin/bsdtar", arguments: ["-xf", archive, "-C", target], limit: .seconds(300))
                        })
                    own.append(
                        try await measure(in: "\(folder)/own\(round)") { target in
                            _ = try await ArchiveExtractor(gates: GateRegistry()).extract(archive, into: target)
                        })
                }
                let size = Double(files * bytes) / 1e6
                try BenchmarkResult(
                    "extraction of a \(format)", rate: size / own.percentile(0.5), peer: size / peer.percentile(0.5), unit: "MB/s",
                    atLeast: 0.7, detail: "\(files) files of \(bytes) bytes beside bsdtar, median of \(rounds) in turns"
                ).report()
            }
        }
    }

    /// Seconds that `body` takes. What earlier runs left for the disk is not on its account.
    private func measure(in target: String, _ body: (String) async throws -> Void) async throws -> Double {
        try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(atPath: target) }
        try await ChildProcess.run("/usr/bin/sync", limit: .seconds(300))
        let start = ContinuousClock.now
        try await body(target)
        return start.duration(to: .now).milliseconds / 1000
    }

    private static let program = """
        import io, random, sys, tarfile, zipfile
        path, files, size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
        source = random.Random(1)
        words = ["".join(source.choices("abcdefghijklmnopqrstuvwxyz", k=source.randint(2, 9))) for _ in range(20000)]
        text = " ".join(source.choices(words, k=400000)).encode()
        def pages():
            for number in range(files):
                start = source.randrange(len(text) - size)
                yield f"{number % 100:02}/{number // 100 % 10}/page-{number}.html", text[start:start + size]
        if path.endswith(".zip"):
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, page in pages(): archive.writestr(name, page)
        else:
            with tarfile.open(path, "w:gz", compresslevel=6) as archive:
                for name, page in pages():
                    entry = tarfile.TarInfo(name); entry.size = len(page)
                    archive.addfile(entry, io.BytesIO(page))
        """
}
