package import Domain

/// Counts the terms of one text after another. It remembers the words that it met, so one for all texts of a page is best.
package struct TermCounter: ~Copyable {
    private var scanner = TermScanner()

    package init() {}

    /// As ``LexicalAnalyzer/termFrequencies(fields:)``.
    package mutating func frequencies(_ fields: [LexicalAnalyzer.Field]) -> [TermID: Float] {
        var result: [TermID: Float] = [:]
        for field in fields {
            scanner.scan(field.text) { result[$0, default: 0] += field.weight }
        }
        return result
    }
}
