import Domain
import FoundationEssentials
import Primitives
import Storage
import Testing

@testable import APIServer

@Suite struct `Reading` {
    private func section(_ path: String, parent: String? = nil) -> Section {
        Section(
            documentation: .make(), library: "l", version: "v", path: path, parentPath: parent, title: path, headingPath: [], level: 0,
            url: "https://a.example\(path)", summary: "", content: "", tokens: 0, fetchedAt: Date(timeIntervalSince1970: 0))
    }

    private func lines(_ nodes: [SectionTree.Node], _ indentation: String = "") -> [String] {
        nodes.flatMap { ["\(indentation)\($0.section.path)"] + lines($0.children, indentation + " ") }
    }

    @Test func `Pages hang below the nearest page above them`() {
        let sections = ["/a/index.html", "/a/b/c", "/a/b/c#x", "/a/d", "/ab", "/z"].map {
            section($0, parent: $0.contains("#") ? String($0.prefix { $0 != "#" }) : nil)
        }
        let tree = SectionTree(sections, depth: 9)
        #expect(lines(tree.nodes) == ["/a/index.html", " /a/b/c", "  /a/b/c#x", " /a/d", "/ab", "/z"] && tree.count == 6)
        #expect(lines(SectionTree(sections, path: "/a", depth: 9).nodes) == ["/a/index.html", " /a/b/c", "  /a/b/c#x", " /a/d"])
        #expect(lines(SectionTree(sections, path: "/a/b", depth: 9).nodes) == ["/a/b/c", " /a/b/c#x"])
    }

    @Test func `A folder and its index do not hide each other`() {
        let tree = SectionTree([section("/a"), section("/a/index.html"), section("/a/b")], depth: 9)
        #expect(lines(tree.nodes) == ["/a", " /a/index.html", " /a/b"])
    }

    @Test func `Depth hides, and a limit lowers the depth`() {
        let sections = ["/", "/a", "/a/1", "/a/2", "/b"].map { section($0) }
        let shallow = SectionTree(sections, depth: 2)
        #expect(lines(shallow.nodes) == ["/", " /a", " /b"] && shallow.nodes[0].children[0].hidden == 2)
        #expect(lines(SectionTree(sections, depth: 9, limit: 3).nodes) == ["/", " /a", " /b"])
        #expect(lines(SectionTree(sections, depth: 9, limit: 1).nodes) == ["/"])
        #expect(SectionTree([], depth: 2).nodes.isEmpty)
    }

    @Test(arguments: [(34, true), (35, false), (36, false)])
    func `A tree of more sections than it is made from says that it is not all`(limit: Int, isCut: Bool) async throws {
        try await Edge.with { edge in
            let reader = DocumentationReader(store: PostgresDocumentationStore(edge.database), outlineLimit: limit)
            let tree = try await reader.tree(edge.guide, path: nil, depth: 9, access: .all)
            #expect(tree.isCut == isCut && tree.count == min(limit, 35))
        }
    }

    @Test(arguments: [("short", 100, "short", false), ("ä" + String(repeating: "ö", count: 400), 100, nil, true)])
    func `Content is cut at whole characters within its budget`(text: String, tokens: Int, expected: String?, isCut: Bool) {
        let (cut, isTruncated) = ContentBudget.cut(text, tokens: tokens)
        #expect(isTruncated == isCut && cut.utf8.count <= tokens * 4 && text.hasPrefix(cut))
        if let expected { #expect(cut == expected) }
    }

    @Test func `Content is cut after a line, and an open fence is closed`() {
        let text = "# Title\n\n````swift\n" + String(repeating: "let a = \"```\"\n", count: 100) + "````\n"
        let (cut, isTruncated) = ContentBudget.cut(text, tokens: 100)
        #expect(isTruncated && cut.utf8.count <= 400 && cut.hasSuffix("\"```\"\n````"))
        #expect(ContentBudget.cut(text, tokens: .max).isTruncated == false)
    }

    @Test(
        arguments: [
            ("a%20b", "a b"), ("%C3%BC", "ü"), ("a+b", "a+b"), ("%2f%2F", "//"), ("%", nil), ("%2", nil), ("%zz", nil), ("%ff", nil),
            ("%00", nil),
        ] as [(String, String?)])
    func `Percent-encoding is read strictly`(text: String, expected: String?) {
        #expect(PercentDecoding.decoded(text) == expected)
        #expect(PercentDecoding.decoded("a+b", isForm: true) == "a b")
    }
}
