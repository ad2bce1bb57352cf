import EmbeddedServices
import FoundationEssentials

/// Questions about one documentation, and what is asked of the answers.
struct QuestionSet: Sendable {
    let name: String
    /// Name of the packed site or of the file of an ontology; nil for the collection of abstracts.
    let site: String?
    /// Pages that are left out of the rankings: they repeat the questions or link everything.
    var isLeftOut: @Sendable (String) -> Bool = { _ in false }
    /// The least hit@5 and nDCG@10 that pass; nil where nothing is asked.
    var floor: (hitAt5: Double?, gainAt10: Double)?

    /// Every set, those of one documentation together.
    static let all: [QuestionSet] =
        [
            QuestionSet(
                name: "fastapi-changes", site: fastAPI, isLeftOut: { $0.hasPrefix("/release-notes") }, floor: (hitAt5: 0.88, gainAt10: 0.76)
            ),
            QuestionSet(name: "fastapi-threads", site: fastAPI, isLeftOut: { $0.hasPrefix("/release-notes") }),
            QuestionSet(name: "symbols", site: fastAPI, isLeftOut: { $0.hasPrefix("/release-notes") }),
            QuestionSet(name: "symbols", site: python, isLeftOut: isLeftOutOfPython),
            QuestionSet(name: "python-faq", site: python, isLeftOut: isLeftOutOfPython),
        ] + ontologies + [
            QuestionSet(name: "scifact", site: nil, floor: (hitAt5: nil, gainAt10: 0.70))
        ]

    /// Synonyms of terms, each asked of the ontology that it is from: the term's page has to be among the first five.
    private static let ontologies = ["goslim_generic.obo", "pato.2025-05.obo", "symp.2026-07.obo", "uo.obo"].map {
        QuestionSet(name: "ontology-synonyms", site: $0)
    }

    /// Whether the documentation is an ontology, named after its file.
    var isOntology: Bool { site?.hasSuffix(".obo") == true }

    private static let fastAPI = "fastapi-docs-0.141.1"
    private static let python = "python-3.11.2-docs"

    @Sendable private static func isLeftOutOfPython(_ page: String) -> Bool { page.hasPrefix("/faq/") || page.hasPrefix("/genindex") }

    /// The questions, from the folder of the test data.
    func questions(data: String) throws -> [Question] {
        guard let site else { return try abstractQuestions(folder: "\(data)/eval/scifact") }
        let questions = try Question.read("\(data)/eval/\(name).jsonl", site: site)
        guard isOntology else { return questions }
        // Terms are named by their identifiers there, and filed under their addresses here.
        return questions.map { question in
            Question(text: question.text, relevant: Set(question.relevant.map { "/obo/" + $0.replacing(":", with: "_") }))
        }
    }

    /// Queries as JSON lines and judgements as tab-separated values, in the form of the BEIR benchmark.
    private func abstractQuestions(folder: String) throws -> [Question] {
        struct Line: Decodable {
            let _id: String, text: String
        }
        var relevant: [String: Set<String>] = [:]
        for line in try Self.lines("\(folder)/qrels.tsv").dropFirst() {
            let fields = line.split(separator: "\t")
            if fields.count == 3, fields[2] != "0" { relevant[String(fields[0]), default: []].insert("/\(fields[1])") }
        }
        return try Self.lines("\(folder)/queries.jsonl").compactMap { line in
            let line = try JSONDecoder().decode(Line.self, from: Data(line.utf8))
            return relevant[line._id].map { Question(text: line.text, relevant: $0) }
        }
    }

    /// The abstracts that the questions without a site are about.
    static func abstracts(data: String) async throws -> AbstractSource {
        let lines = try await ChildProcess.run("/usr/bin/xzcat", arguments: ["\(data)/eval/scifact/corpus.jsonl.xz"])
        return AbstractSource(
            entries: try lines.split(separator: "\n").map { try JSONDecoder().decode(AbstractSource.Entry.self, from: Data($0.utf8)) })
    }

    private static func lines(_ file: String) throws -> [Substring] {
        guard let data = FileManager.default.contents(atPath: file) else { throw Failure("There is no \(file).") }
        return String(decoding: data, as: UTF8.self).split(separator: "\n")
    }
}
