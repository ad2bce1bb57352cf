import Domain
import Testing

@testable import Processing

struct ChunkTests {
    private func chunks(_ html: String, limit: Int = 64, minimum: Int = 20) throws -> [ChunkDraft] {
        let profile = ChunkProfile(tokenLimit: limit, minimumTokens: minimum) { ($0.utf8.count + 3) / 4 }
        return SectionBuilder.sections(for: try page("<main><h1>Page</h1>\(html)</main>")).flatMap {
            Chunker.chunks(for: $0, profile: profile)
        }
    }

    private func sentences(_ count: Int, _ word: String) -> String {
        (0..<count).map { "This is \(word) sentence number \($0)." }.joined(separator: " ")
    }

    @Test func `A chunk begins at its heading, with the path to it and its anchor`() throws {
        let chunks = try chunks(
            "<p>\(sentences(3, "intro"))</p><h2 id='a'>A</h2><p>\(sentences(4, "first"))</p><h3>B</h3><p>\(sentences(4, "second"))</p>")
        #expect(chunks.map(\.headingPath) == [["Page"], ["Page", "A"], ["Page", "A", "B"]])
        #expect(chunks.map(\.anchor) == ["", "a", "a"])
        #expect(chunks[1].embeddingText.hasPrefix("Page: A. This is first sentence number 0."))
        #expect(!chunks[1].text.contains("Page"))
    }

    @Test func `Small neighbors share a chunk`() throws {
        let chunks = try chunks("<h2>A</h2><p>one</p><h2>B</h2><p>two</p><h2>C</h2><p>three</p>")
        #expect(chunks.count == 1)
        #expect(chunks[0].text == "one\n\nB\n\ntwo\n\nC\n\nthree")
    }

    @Test func `Code that fits stays whole, longer code is cut between lines under repeated fences`() throws {
        let short = (0..<4).map { "line \($0) of code" }.joined(separator: "\n")
        let whole = try chunks("<p>\(sentences(3, "some"))</p><pre><code class='language-c'>\(short)</code></pre>")
        #expect(whole.contains { $0.text.contains("```c\n\(short)\n```") })
        let long = (0..<40).map { "line \($0) of code" }
        let cut = try chunks("<pre><code class='language-c'>\(long.joined(separator: "\n"))</code></pre>")
        #expect(cut.count > 1)
        #expect(cut.allSatisfy { $0.text.hasPrefix("```c\n") && $0.text.hasSuffix("\n```") })
        #expect(cut.flatMap { $0.text.split(separator: "\n").filter { $0.hasPrefix("line") }.map(String.init) } == long)
    }

    @Test func `A long table is cut between rows under a repeated header`() throws {
        let rows = (0..<30).map { "<tr><td>key\($0)</td><td>value number \($0)</td></tr>" }.joined()
        let cut = try chunks("<table><tr><th>Key</th><th>Value</th></tr>\(rows)</table>")
        #expect(cut.count > 1)
        #expect(cut.allSatisfy { $0.text.hasPrefix("Key | Value\n") })
    }

    @Test(arguments: [16, 24, 40, 64, 256])
    func `Chunks keep within the limit and lose no words`(limit: Int) throws {
        let html = """
            <p>\(sentences(40, "plain"))</p><h2>Section two</h2><ul>\((0..<20).map { "<li>item number \($0)</li>" }.joined())</ul>
            <h3>Deeper</h3><pre>\((0..<30).map { "code line \($0)" }.joined(separator: "\n"))</pre><h3>Another heading</h3>
            <p>\(String(repeating: "unbroken", count: 100))</p><h2>Last</h2>
            """
        let page = try page("<main><h1>Page</h1>\(html)</main>")
        let section = SectionBuilder.sections(for: page)[0]
        let profile = ChunkProfile(tokenLimit: limit) { ($0.utf8.count + 3) / 4 }
        let chunks = Chunker.chunks(for: section, profile: profile)
        #expect(chunks.allSatisfy { $0.tokenCount <= limit })
        let found = Set(chunks.flatMap { words($0.text) + $0.headingPath.flatMap(words) })
        let wanted = Set(page.blocks.flatMap { words($0.text) }).filter { $0.count < 100 }
        #expect(wanted.subtracting(found).isEmpty)
        let letters = chunks.map(\.text).joined().filter { $0.isLetter }
        #expect(letters.contains(String(repeating: "unbroken", count: 100)))
        #expect(Chunker.chunks(for: section, profile: profile) == chunks)
    }

    @Test func `A section without text has one chunk with its title`() throws {
        let sections = SectionBuilder.sections(for: try page("", url: "https://example.org/empty"))
        #expect(Chunker.chunks(for: sections[0], profile: .approximate).map(\.embeddingText) == ["empty"])
    }
}
