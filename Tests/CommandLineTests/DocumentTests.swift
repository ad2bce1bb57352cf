import ArgumentParser
import FoundationEssentials
import TestSupport
import Testing

@testable import portolan

/// The commands that our documents tell people to type.
@Suite struct DocumentTests {
    /// The lines of the shell blocks of a document, continued ones joined, without comments.
    private static func lines(_ path: String) throws -> [String] {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let text = String(decoding: try Data(contentsOf: URL(filePath: "/\(root)/\(path)")), as: UTF8.self)
        var lines: [String] = []
        var isShell = false
        for line in text.replacing("\\\n", with: " ").split(separator: "\n") {
            if line.hasPrefix("```") { isShell = line == "```sh" } else if isShell { lines.append(String(line)) }
        }
        return lines
    }

    @Test func `The README says where portolan lies before it uses it`() throws {
        let lines = try Self.lines("README.md")
        let path = try #require(lines.firstIndex { $0.hasPrefix("export PATH=\"$PWD/.build/release:") })
        let used = try #require(lines.firstIndex { $0.hasPrefix("portolan ") || $0.contains("$state") })
        #expect(path < used && lines.contains { $0.hasPrefix("state=") && $0.contains("/var/lib/portolan") })
        // The same for every reader: nothing lies in a folder of one kind of account.
        #expect(!lines.contains { $0.contains(".portolan/") })
    }

    @Test(arguments: ["README.md", "docs/troubleshooting.md", "docs/operations.md", "docs/connectors.md", "docs/events.md"])
    func `Every command of a document is one`(path: String) throws {
        for line in try Self.lines(path) where line.hasPrefix("portolan ") {
            var words: [String] = []
            // Enough of a shell: quotes, and an end at a pipe, a redirection or a comment.
            var (word, quote, isOver) = ("", Character?.none, false)
            for character in line.dropFirst(9) + " " where !isOver {
                if let open = quote {
                    if character == open { quote = nil } else { word.append(character) }
                } else if character == "'" || character == "\"" {
                    quote = character
                } else if character == " " {
                    isOver = ["|", ">", "#", "&&", "&", "||", "2>&1"].contains(word)
                    // What a variable stands for.
                    if word.hasPrefix("$") { word = "https://docs.example.org/" }
                    if word.hasSuffix(";") {
                        isOver = true
                        word.removeLast()
                        words.append(word)
                    }
                    if !word.isEmpty, !isOver { words.append(word) }
                    word = ""
                } else {
                    word.append(character)
                }
            }
            #expect(throws: Never.self, "\(line)") { try Portolan.parseAsRoot(words) }
        }
    }
}
