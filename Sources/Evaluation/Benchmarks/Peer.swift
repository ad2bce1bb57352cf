import ArgumentParser
import EmbeddedServices
import FoundationEssentials

/// Where the peers are and what runs them.
struct Peer: ParsableArguments {
    @Option(help: "Python with what the peers need.") var python = ".build/benchmark/venv/bin/python"
    @Option(help: "Folder of the peers.") var peers = "../shared/bench"

    /// Runs a peer to its end and returns what it printed.
    func run(_ script: String, _ arguments: [String]) async throws -> String {
        try await ChildProcess.run(
            python, arguments: [script.hasPrefix("/") ? script : "\(peers)/\(script)"] + arguments, limit: .seconds(900))
    }

    /// The number in front of `unit` in a peer's output.
    /// - Throws: ``Failure`` with the output when it is not there.
    static func number(before unit: String, in output: String) throws -> Double {
        let words = output.split { $0 == " " || $0 == "," || $0.isNewline }
        guard let index = words.firstIndex(of: Substring(unit)), index > 0, let value = Double(words[index - 1]) else {
            throw Failure("The peer printed no \(unit): \(output)")
        }
        return value
    }
}
