package import Domain

extension VerificationReport {
    /// The report for people: verdict, problems, counts, samples.
    package var markdown: String {
        var lines = [
            "# Verification of job \(job)", "", isReady ? "**Ready for queries.**" : "**Not ready for queries.**", "",
        ]
        for problem in problems { lines.append("- `\(problem.code.rawValue)` \(problem.message)") }
        if !problems.isEmpty { lines.append("") }
        lines += [
            "| what | stored | published | incomplete |", "|---|---|---|---|",
            "| pages | \(counts.pages) | | |",
            "| sections | \(counts.sections) | \(counts.recordedSections) | \(counts.sectionsWithoutPage) without page, \(counts.sectionsWithoutChunks) without chunks |",
            "| chunks | \(counts.chunks) | \(counts.recordedChunks) | \(counts.oversizedChunks ?? 0) too long for the model |",
            "| vectors | \(counts.model == nil ? 0 : counts.chunks - counts.chunksWithoutVector) | \(counts.model == nil ? "none" : "\(counts.chunks)") | \(counts.chunksWithoutVector) missing |",
            "| terms | \(counts.terms) | \(counts.recordedTerms) | |", "",
        ]
        if !samples.isEmpty {
            lines += ["| question | section | rank | confidence | mode |", "|---|---|---|---|---|"]
            for sample in samples {
                let confidence = sample.confidence.map { "\(Int(($0 * 100).rounded())) %" } ?? ""
                lines.append(
                    "| \(Self.cell(sample.query)) | \(Self.cell(sample.url)) | \(sample.rank.map(String.init) ?? "not found") | \(confidence) | \(sample.mode) |"
                )
            }
            lines.append("")
            for sample in samples { if let evidence = sample.evidence { lines += ["> \(Self.cell(evidence))", ""] } }
        }
        return lines.joined(separator: "\n")
    }

    /// `text`, which comes from a page, without what would end a cell or a line, begin markup or steer a terminal.
    private static func cell(_ text: String) -> String {
        var result = ""
        for character in text {
            if character.isWhitespace {
                result += " "
            } else if character.unicodeScalars.allSatisfy({ $0.value >= 0x20 && !(0x7F...0x9F).contains($0.value) }) {
                if "\\|`*_<>[]#".contains(character) { result += "\\" }
                result.append(character)
            }
        }
        return result
    }
}
