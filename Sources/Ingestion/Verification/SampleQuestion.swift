/// Makes a question from a section: its titles, and the first words of its text.
enum SampleQuestion {
    /// Words of the text that are asked for.
    static let words = 12

    /// At most 300 characters of letters, digits and single spaces; never less than two characters.
    static func text(headingPath: [String], text: String) -> String {
        let titles = headingPath.suffix(2).joined(separator: " ")
        let question = (plain(titles).prefix(12) + plain(text).prefix(words)).joined(separator: " ")
        return question.count < 2 ? "documentation" : String(question.prefix(300))
    }

    private static func plain(_ text: String) -> [Substring] {
        text.prefix(1000).split { !($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }.filter {
            $0.contains { $0 != "-" && $0 != "_" }
        }
    }
}
