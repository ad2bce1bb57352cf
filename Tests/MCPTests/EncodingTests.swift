import MCP
import Testing

@Suite struct EncodingTests {
    // RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"),
    ])
    func `base64 equals the published values`(text: String, encoded: String) {
        #expect(Base64.encode(Array(text.utf8)) == encoded)
        #expect(Base64.decode(encoded) == Array(text.utf8))
    }

    @Test(arguments: ["Zg", "Zg=", "Zg===", "Z", "====", "Zh==", "Zm9=", "SGVs!!!bG8=", "Zm9v\n", "Zm=v", "Zm8_"])
    func `base64 that no encoder writes is refused`(text: String) { #expect(Base64.decode(text) == nil) }

    @Test func `all bytes survive the alphabet for URLs`() {
        let bytes = (0...255).map { UInt8($0) }
        let text = Base64.encodeURLSafe(bytes)
        #expect(text.utf8.allSatisfy { $0 != 0x2B && $0 != 0x2F && $0 != 0x3D })
        #expect(Base64.decodeURLSafe(text) == bytes)
    }

    @Test func `a cursor survives the way to the client and back, for its own list only`() {
        let cursor = OpaqueCursor(scope: "tools", position: "sëarch \"x\"")
        #expect(OpaqueCursor(decoding: cursor.encoded, scope: "tools") == cursor)
        #expect(OpaqueCursor(decoding: cursor.encoded, scope: "resources") == nil)
    }

    @Test(arguments: ["", "x", "!!!", "bnVsbA", "W10", "WzEsMl0", String(repeating: "A", count: 100_000)])
    func `other texts are no cursors`(text: String) { #expect(OpaqueCursor(decoding: text, scope: "tools") == nil) }
}
