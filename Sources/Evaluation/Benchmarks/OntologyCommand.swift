import ArgumentParser
import FoundationEssentials
import Ontologies
import TestSupport

/// Reading a large ontology beside pronto, whose parser is written in Rust, on the same file.
struct OntologyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "ontologies", abstract: "Measures reading ontologies beside its peer.")

    @OptionGroup var peer: Peer
    @Option(help: "Size of the file in MB.") var megabytes = 40
    @Option(help: "Folder for what is kept between runs.") var state = ".build/benchmark"

    private static let sources = ["goslim_generic.obo", "pato.2025-05.obo", "symp.2026-07.obo", "uo.obo"]

    func run() async throws {
        guard let data = TestData.directory else { throw Failure("There is no test data: set PORTOLAN_TEST_DATA.") }
        let texts = try Self.sources.map { name in
            guard let bytes = FileManager.default.contents(atPath: "\(data)/ontologies/\(name)") else {
                throw Failure("There is no \(name).")
            }
            return String(decoding: bytes, as: UTF8.self)
        }
        let file = "\(Laboratory.absolute(state))/large.obo"
        try FileManager.default.createDirectory(atPath: Laboratory.absolute(state), withIntermediateDirectories: true)
        let text = Self.repeated(texts, bytes: megabytes * 1_000_000)
        try Data(text.utf8).write(to: URL(filePath: file))
        let terms = text.split(separator: "\n").count { $0 == "[Term]" }
        // The machine may be shared: one round of ours on each side of the peer's.
        let before = try await seconds(file, terms)
        let output = try await peer.run("\(FileManager.default.currentDirectoryPath)/deploy/benchmark/pronto_rate.py", [file])
        let after = try await seconds(file, terms)
        guard try Peer.number(before: "terms", in: output) == Double(terms) else { throw Failure("The peer counts other terms: \(output)") }
        let size = Double(text.utf8.count) / 1e6
        try BenchmarkResult(
            "reading an ontology", rate: 2 * size / (before + after), peer: Peer.number(before: "MB/s", in: output), unit: "MB/s",
            atLeast: 20, detail: "\(terms) terms in \(Int(size)) MB of OBO, one thread, file to terms, beside pronto"
        ).report()
    }

    /// Seconds from the file to its terms.
    private func seconds(_ file: String, _ terms: Int) async throws -> Double {
        let start = ContinuousClock.now
        guard let bytes = FileManager.default.contents(atPath: file) else { throw Failure("There is no \(file).") }
        let ontology = try await OntologyParser.parse(Array(bytes), address: "http://example.org/large.obo")
        let elapsed = start.duration(to: .now).milliseconds / 1000
        guard ontology.terms.count(where: { $0.kind == .concept }) == terms else { throw Failure("Terms were lost.") }
        note("\(ontology.terms.count) terms in \(elapsed) s")
        return elapsed
    }

    /// The terms of `texts` again and again, each time under identifiers of their own; header and relations once.
    private static func repeated(_ texts: [String], bytes: Int) -> String {
        var header: [Substring] = ["format-version: 1.2", "ontology: large"]
        var relations: [String] = []
        var terms: [String] = []
        var seen: Set<Substring> = []
        for text in texts {
            let stanzas = text.split(separator: "\n\n")
            let declarations = (stanzas.first ?? "").split(separator: "\n")
            for line in declarations where line.hasPrefix("subsetdef:") || line.hasPrefix("synonymtypedef:") {
                if seen.insert(line.split(separator: " ")[1]).inserted { header.append(line) }
            }
            for stanza in stanzas {
                if stanza.hasPrefix("[Term]") { terms.append(String(stanza)) }
                if stanza.hasPrefix("[Typedef]"), let id = stanza.split(separator: "\n").dropFirst().first, seen.insert(id).inserted {
                    relations.append(String(stanza))
                }
            }
        }
        var output = header.joined(separator: "\n") + "\n\n"
        var round = 0
        while output.utf8.count < bytes {
            // A round is never cut: pronto gives up on a parent that is not there.
            for term in terms {
                output += renamed(term, round)
                output += "\n\n"
            }
            round += 1
        }
        return output + relations.joined(separator: "\n\n") + "\n"
    }

    /// The stanza with `GO:1` as `GO17:1` wherever it names a term.
    private static func renamed(_ stanza: String, _ round: Int) -> String {
        if round == 0 { return stanza }
        let tags: Set<Substring> = ["id", "is_a", "alt_id", "replaced_by", "consider", "disjoint_from", "relationship", "intersection_of"]
        let lines = stanza.split(separator: "\n").map { line -> String in
            guard let colon = line.firstIndex(of: ":"), tags.contains(line[..<colon]) else { return String(line) }
            let words = line[line.index(after: colon)...].split(separator: " ").map { word -> String in
                guard let mark = word.firstIndex(of: ":"), word[..<mark].allSatisfy({ $0.isLetter || $0 == "_" }) else {
                    return String(word)
                }
                return "\(word[..<mark])\(round)\(word[mark...])"
            }
            return "\(line[...colon]) \(words.joined(separator: " "))"
        }
        return lines.joined(separator: "\n")
    }
}
