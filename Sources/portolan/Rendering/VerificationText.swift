import APIModel
import FoundationEssentials

/// What a verification found, for a terminal.
enum VerificationText {
    /// Verdict, problems and the questions that were asked.
    static func text(_ report: VerificationDetail) -> String {
        var pairs = [
            ("Verdict", report.readyForQueries ? "ready for queries" : "not ready for queries"),
            ("Verified", Figures.text(of: report.verifiedAt) + " UTC"),
            ("Stored", "\(report.sections.stored) sections, \(report.chunks.stored) chunks\(vectors(report))"),
        ]
        for problem in report.problems { pairs.append(("Problem", "\(problem.message) (\(problem.code))")) }
        var table = TextTable([.text("QUESTION"), .number("RANK"), .number("CONFIDENCE"), .text("SECTION")])
        for sample in report.samples {
            table.add([
                String(sample.query.prefix(60)), sample.rank.map { "\($0)" } ?? "none",
                sample.confidence.map { Figures.fixed($0, digits: 2) } ?? "", sample.url,
            ])
        }
        return TextTable.pairs(pairs) + (report.samples.isEmpty ? "" : "\n" + table.text)
    }

    private static func vectors(_ report: VerificationDetail) -> String {
        guard let model = report.embeddingModel else { return ", no vectors" }
        return ", \(report.chunks.stored - report.chunksWithoutVector) with vectors of \(model)"
    }
}
