import Testing

@testable import Processing

/// What the guard counts has to be what libxml2 counts, whatever stands around a tag.
struct TagGuardTests {
    /// What could make the two go apart, and the names of attributes that are kept in the tree.
    private static let pieces: [String] = [
        "<", "<", "</", ">", "/>", "<p", "<p ", "</p>", "<div>", "</div>", "<td>", "<script", "<script>", "<script/>", "</script>",
        "</script ",
        "</scriptx>", "<scriptx>", "<style>", "</style>", "<STYLE>", "</sTyle\n>", "<!--", "-->", "--!>", "--", "!", "<!", "<!doctype ",
        "<!DOCTYPE html",
        " PUBLIC ", " SYSTEM ", "\"", "'", "=", "=", " ", "\t", "\u{c}", "/", "?", "<?", "<?x ", "<?é ", "?>", "<![CDATA[", "]]>", "&#x",
        "&quot;", "&amp",
        "é", "a", "1", "-", ".", ":", "<:", "<_p ", "<html ", "<head ", "<body ", "<noscript>", "<textarea>", "<title>", "<svg>",
    ]
    private static let attributes: [String] = AttributeName.allCases.flatMap { name in
        [" \(name.spelling)", " \(name.spelling)=x", " \(name.spelling)='\"'"]
    }

    /// A generator with a fixed beginning: the same inputs in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state ^ state >> 29) &* 0x9E37_79B9_7F4A_7C15
        }
    }

    @Test(arguments: 0..<16)
    func `No tag has more attributes for libxml2 than the guard lets through`(seed: Int) {
        var generator = Generator(state: UInt64(seed))
        let pieces = Self.pieces + Self.attributes
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 4...60, using: &generator)).map { _ in pieces.randomElement(using: &generator) ?? "" }.joined()
            let tree = HTMLTree(parsing: TagGuard.limited(Array(text.utf8), maximum: 3))
            let most = tree.nodes.filter { $0.tag != .text }.map { $0.upper - $0.lower }.max() ?? 0
            guard most > 3 else { continue }
            Issue.record("\(most) attributes: \(text)")
            return
        }
    }

    @Test func `Scripts hide no tags where elements are too deep`() {
        let deep = String(repeating: "<div>", count: 300)
        let crowd = AttributeName.allCases.map { " \($0.spelling)=x" }.joined()
        for text in [deep + "<script><p\(crowd)>", deep + "<script></div><p\(crowd)>", deep + "<script></script><p\(crowd)>x"] {
            let tree = HTMLTree(parsing: TagGuard.limited(Array(text.utf8), maximum: 3))
            #expect(tree.nodes.allSatisfy { $0.tag == .text || $0.upper - $0.lower <= 3 })
        }
    }

    @Test(arguments: ["<p><!doctype x><!doctype y <p~>", "<p><!doctype x></p <p~>", "<!doctype x><!doctype y <p~>"])
    func `A document type hides no tags where it follows another`(text: String) {
        let crowd = AttributeName.allCases.map { " \($0.spelling)=x" }.joined()
        let tree = HTMLTree(parsing: TagGuard.limited(Array(text.replacing("~", with: crowd).utf8), maximum: 3))
        #expect(tree.nodes.allSatisfy { $0.tag == .text || $0.upper - $0.lower <= 3 })
    }

    @Test(
        arguments: [
            "<p class=a id=b>x</p>", "<!DOCTYPE html PUBLIC \"-//W3C//DTD HTML 4.01//EN\" 'x'><p>", "<?xml version='1.0'?><p>",
            "<script>a < b && '</p>' </script><p>", "<!-- <p a a a a a a> --><p>", "<style></style>", "<a href=http://a/b/c/d?e=f&g=h>",
            "<script src='a'></script>", "<img src=a />", "<p\n\n\n\n\n   class='x'\n\n>", "<script><!-- <p a b c d e f></script>", "a < b",
            "<",
        ])
    func `Pages within the limit come back as they are`(text: String) {
        #expect(TagGuard.limited(Array(text.utf8), maximum: 3) == Array(text.utf8))
    }

    @Test func `The first attributes of a crowded tag stay`() {
        let text = "<p id=a class=b lang='c' href=d>x</p><p id=e>"
        #expect(
            String(decoding: TagGuard.limited(Array(text.utf8), maximum: 3), as: UTF8.self) == "<p id=a class=b lang='c' >x</p><p id=e>")
    }
}
