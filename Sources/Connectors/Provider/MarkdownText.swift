/// Pieces of Markdown, for providers whose pages are not Markdown themselves.
enum MarkdownText {
    /// `text` with everything escaped that Markdown would take for a mark.
    static func escaped(_ text: Substring, startsLine: Bool) -> String {
        var output = ""
        var isStart = startsLine
        var isNumber = false
        for character in text {
            if "\\`*_[]<>|~&#$".contains(character) || (isStart && "-+=".contains(character)) || (isNumber && ".)".contains(character)) {
                output.append("\\")
            }
            output.append(character)
            isNumber = (isStart || isNumber) && character.isASCII && character.isNumber
            isStart = character.isNewline || (isStart && character == " ")
        }
        return output
    }

    /// The most of `character` in a row.
    static func longestRun(of character: Character, in text: Substring) -> Int {
        var (longest, run) = (0, 0)
        for other in text {
            run = other == character ? run + 1 : 0
            longest = max(longest, run)
        }
        return longest
    }

    /// Code within a line.
    static func code(_ text: Substring) -> String {
        let fence = String(repeating: "`", count: longestRun(of: "`", in: text) + 1)
        let isTouching = text.hasPrefix("`") || text.hasSuffix("`")
        return isTouching ? "\(fence) \(text) \(fence)" : fence + text + fence
    }

    /// A block of code.
    static func fenced(_ text: String, language: String?) -> String {
        let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text[...]) + 1))
        let name = (language ?? "").filter { $0.isLetter || $0.isNumber || "+#-_.".contains($0) }
        return "\(fence)\(name)\n\(text)\n\(fence)"
    }

    /// Two blocks with a blank line between them, if both are there.
    static func joined(_ first: String, _ second: String) -> String {
        [first, second].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    /// An item of a list, with what is inside of it below.
    /// - Parameter width: how far lines after the first are moved; as far as `mark` is wide unless given.
    static func item(_ mark: String, _ text: String, _ inside: String, width: Int? = nil) -> String {
        let pad = String(repeating: " ", count: width ?? mark.utf8.count)
        let body = text.isEmpty ? inside : inside.isEmpty ? text : "\(text)\n\n\(inside)"
        let lines = body.split(separator: "\n", omittingEmptySubsequences: false)
        return mark
            + lines.enumerated().map { $0.offset == 0 || $0.element.isEmpty ? String($0.element) : pad + $0.element }.joined(
                separator: "\n")
    }

    /// Blocks with `mark` before each line.
    static func prefixed(_ text: String, _ mark: String) -> String {
        guard !text.isEmpty else { return "" }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? ">" : mark + $0 }.joined(separator: "\n")
    }

    /// A table whose cells are Markdown in one line.
    static func table(head: [String], _ rows: [[String]], width: Int) -> String {
        func line(_ cells: [String]) -> String {
            "| " + (0..<width).map { $0 < cells.count ? cells[$0] : "" }.joined(separator: " | ") + " |"
        }
        return ([line(head), "|" + String(repeating: " --- |", count: width)] + rows.map(line)).joined(separator: "\n")
    }
}
