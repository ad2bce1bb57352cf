import Digests
import Testing

@Suite struct DigestsTests {
    // FIPS 180-4 examples.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ])
    func `the digest equals the published one`(text: String, digest: String) {
        #expect(SHA256.hash(text).hexadecimal == digest)
        #expect(SHA256.hash(Array(text.utf8)).hexadecimal == digest)
    }

    // RFC 1321, A.5.
    @Test(arguments: [("", "d41d8cd98f00b204e9800998ecf8427e"), ("abc", "900150983cd24fb0d6963f7d28e17f72")])
    func `the checksum equals the published one`(text: String, digest: String) {
        #expect(MD5.hash(Array(text.utf8))?.hexadecimal == digest)
    }

    // RFC 4231, test case 2.
    @Test func `the authentication code equals the published one`() {
        let code = Authenticity.code(for: Array("what do ya want for nothing?".utf8), key: Array("Jefe".utf8))
        #expect(code.hexadecimal == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }

    @Test func `hexadecimal text survives a round trip and rejects anything else`() {
        #expect([UInt8](hexadecimal: "00ffA0") == [0, 255, 160])
        #expect([UInt8](hexadecimal: "0") == nil)
        #expect([UInt8](hexadecimal: "zz") == nil)
    }

    @Test func `equality needs the same length and bytes`() {
        #expect(Authenticity.equal([1, 2], [1, 2]))
        #expect(!Authenticity.equal([1, 2], [1, 3]))
        #expect(!Authenticity.equal([1], [1, 3]))
        #expect(Authenticity.equal([], []))
    }
}
