import Testing

@testable import Processing

@Suite struct `Pieces of XML` {
    private func read(_ text: String) throws -> XMLElement { try XMLElement(fragment: Array(text.utf8)) }

    private func code(_ bytes: [UInt8]) -> ProcessingError.Code? {
        do throws(ProcessingError) {
            _ = try XMLElement(fragment: bytes)
            return nil
        } catch { return error.code }
    }

    @Test func `elements keep their prefixes, attributes and order`() throws {
        let piece = try read("a<ac:x ri:y=\"1\" z='2 &amp; 3'>b<c/></ac:x>d")
        let inner = XMLElement("ac:x", attributes: ["ri:y": "1", "z": "2 & 3"], children: [.text("b"), .element(XMLElement("c"))])
        #expect(piece.children == [.text("a"), .element(inner), .text("d")])
        #expect(piece.text == "abd")
        #expect(piece.first("ac:x")?.first("c") != nil)
    }

    @Test func `references are resolved and neighbors are one text`() throws {
        #expect(try read("a&nbsp;&auml;&#65;&#x42;&lt;<![CDATA[&amp;<x>]]]]><![CDATA[>]]>z").children == [.text("a\u{A0}äAB<&amp;<x>]]>z")])
        #expect(
            try read("R&D &unknown; &#0; &#xFFFFFFFFF; &; &#; &#x; &#+5;&").text == "R&D &unknown; &#0; &#xFFFFFFFFF; &; &#; &#x; &#+5;&")
        #expect(try read("<a b=\"x&ouml;&y\"/>").elements[0].attributes == ["b": "xö&y"])
    }

    @Test func `comments, instructions and control characters are left out`() throws {
        #expect(try read("a<!-- <b> & --><?php echo 1 ?>\u{1}\u{0}c").children == [.text("ac")])
    }

    @Test func `an empty piece has nothing in it`() throws {
        #expect(try read("").children.isEmpty)
    }

    @Test(arguments: [
        "<!DOCTYPE a [<!ENTITY b \"c\">]><a>&b;</a>", "<!ENTITY % a SYSTEM \"file:///etc/passwd\">", "<a>", "</a>", "<a></b>", "<a",
        "<a b=\"c", "<a b>",
        "<!-- never closed", "<![CDATA[ never closed", "<? never closed", "</fragment><fragment>", "<a b=\"1\" b=\"2\"/>", "a < b", "<1/>",
    ])
    func `what is not well-formed or declares a document type is refused`(text: String) {
        #expect(code(Array(text.utf8)) == .malformed)
    }

    @Test func `depth, number and attributes are bounded`() {
        let limit = XMLElement.maximumDepth
        #expect(code(Array((String(repeating: "<a>", count: limit) + String(repeating: "</a>", count: limit)).utf8)) == nil)
        #expect(code(Array((String(repeating: "<a>", count: limit + 1) + String(repeating: "</a>", count: limit + 1)).utf8)) == .tooDeep)
        #expect(code(Array(String(repeating: "<a>", count: 100_000).utf8)) == .tooDeep)
        #expect(code(Array(String(repeating: "<a/>", count: XMLElement.maximumNodes + 1).utf8)) == .tooLarge)
        #expect(code(Array(("<a " + (0..<129).map { "b\($0)='' " }.joined() + "/>").utf8)) == .malformed)
        #expect(code(Array(("<a " + (0..<128).map { "b\($0)='' " }.joined() + "/>").utf8)) == nil)
    }

    @Test func `many references in one text cost no more than its length`() throws {
        #expect(try read(String(repeating: "&amp;", count: 200_000)).text.utf8.count == 200_000)
    }

    @Test func `bytes that are no UTF-8 are refused`() {
        #expect(code([0x61, 0xFF, 0xFE, 0x62]) == .malformed)
    }
}
