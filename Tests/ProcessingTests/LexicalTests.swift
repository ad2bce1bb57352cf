import Domain
import Testing

@testable import Processing

struct LexicalTests {
    private let analyzer = LexicalAnalyzer()

    private func id(_ term: String) -> TermID { LexicalAnalyzer.identifier(of: term.utf8) }

    @Test(arguments: [
        ("Connecting connections", ["connect"]),
        (
            "fastapi.APIRouter.include_router",
            ["fastapi.apirouter.include_router", "fastapi", "apirouter", "api", "router", "include_router", "includ"]
        ),
        ("getHTTPServer2", ["gethttpserver2", "get", "http", "server2"]),
        ("--dry-run", ["dry-run", "dri", "run"]),
        ("std::vector", ["std::vector", "std", "vector"]),
        ("Python 3.11.2!", ["python", "3.11.2", "11"]),
        ("__init__", ["init"]),
        ("the of and", []),
        ("C and R", ["c", "r"]),
        ("naïve café", ["naïve", "café"]),
        ("日本語 x", ["日本", "本語", "x"]),
        ("", []),
    ])
    func `A text gives these terms`(text: String, expected: [String]) {
        #expect(Set(analyzer.queryTerms(text)) == Set(expected.map(id)))
    }

    @Test func `Frequencies add up by weight, and documents meet queries`() {
        let terms = analyzer.termFrequencies(fields: [.init("router routers"), .init("Router", weight: 3)])
        #expect(terms == [id("router"): 5])
        #expect(analyzer.queryTerms("what is a router") == [id("router")])
        #expect(!analyzer.queryTerms("to be", keepingStopWords: true).isEmpty)
    }

    @Test func `Identifiers are stable and within the index's range`() {
        #expect(id("fastapi").rawValue == LexicalAnalyzer.identifier(of: Array("fastapi".utf8)).rawValue)
        for number in 0..<10_000 { #expect((1...999_999_999).contains(id("term\(number)").rawValue)) }
    }

    @Test func `An excerpt shows 40 characters before the hit and 120 after it, in whole words`() {
        let text = String(repeating: "before ", count: 30) + "Needle" + String(repeating: " after", count: 50)
        let excerpt = Excerpt.around(text, query: "a needle")
        #expect(excerpt.hasPrefix("…before ") && excerpt.hasSuffix(" after…") && excerpt.contains("Needle"))
        #expect((166...200).contains(excerpt.count))
        #expect(Excerpt.around("short text", query: "nothing") == "short text")
        #expect(Excerpt.around("", query: "x") == "")
    }

    @Test(arguments: [0, 1, 3, 10, 20, 1000])
    func `Shortening keeps within the budget and ends between words`(tokens: Int) {
        let text = (0..<40).map { "Sentence number \($0) stands here." }.joined(separator: " ")
        let short = Excerpt.shortened(text, toTokens: tokens)
        #expect(short.utf8.count <= max(tokens * 4, 0) || short == text)
        #expect(short.isEmpty || short == text || text.hasPrefix(short.dropLast()))
    }
}
