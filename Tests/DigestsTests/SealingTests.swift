import Digests
import Testing

@Suite struct `Sealed bytes` {
    private let key = Array<UInt8>(0..<32)

    @Test(arguments: [0, 1, 15, 16, 17, 1000]) func `What was sealed is opened`(count: Int) {
        let plain = (0..<count).map { UInt8(truncatingIfNeeded: $0) }
        let sealed = Sealing.seal(plain, key: key, context: [1])
        #expect(sealed.count == count + 28 && Sealing.open(sealed, key: key, context: [1]) == plain)
        #expect(Sealing.seal(plain, key: key, context: [1]) != sealed)
    }

    @Test func `Any change, another key or another context opens nothing`() {
        let sealed = Sealing.seal([1, 2, 3], key: key, context: [])
        for index in sealed.indices {
            var changed = sealed
            changed[index] ^= 1
            #expect(Sealing.open(changed, key: key, context: []) == nil)
        }
        #expect(Sealing.open(sealed, key: [UInt8](repeating: 9, count: 32), context: []) == nil)
        #expect(Sealing.open(sealed, key: key, context: [0]) == nil)
        #expect(Sealing.open(Array(sealed.dropLast()), key: key, context: []) == nil)
        #expect(Sealing.open([], key: key, context: []) == nil)
    }

    /// Test case 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega): key, nonce, plaintext, additional data, ciphertext and tag.
    @Test func `Opens what the authors of the mode published`() throws {
        let key = try #require([UInt8](hexadecimal: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308"))
        let sealed = try #require(
            [UInt8](
                hexadecimal: "cafebabefacedbaddecaf888"
                    + "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                    + "76fc6ece0f4e1768cddf8853bb2d551b"))
        let context = try #require([UInt8](hexadecimal: "feedfacedeadbeeffeedfacedeadbeefabaddad2"))
        let plain = try #require(
            [UInt8](
                hexadecimal:
                    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39"
            ))
        #expect(Sealing.open(sealed, key: key, context: context) == plain)
    }
}
