import Digests
import TestSupport
import Testing

@Suite struct `Signatures` {
    /// One key of each kind, made once.
    private static let rsa = SigningKey(.rsa(bits: 2048))
    private static let keys: [(SigningKey, [SignatureAlgorithm])] = [
        (rsa, [.rs256, .rs384, .rs512, .ps256]), (SigningKey(.p256), [.es256]), (SigningKey(.p384), [.es384]),
        (SigningKey(.ed25519), [.eddsa]),
    ]

    private static func publicKey(_ key: SigningKey) -> VerificationKey? {
        let parts = key.publicParts
        return switch key.kind {
        case .rsa: VerificationKey(rsaModulus: parts[0], exponent: parts[1])
        case .p256: VerificationKey(p256X: parts[0], y: parts[1])
        case .p384: VerificationKey(p384X: parts[0], y: parts[1])
        case .ed25519: VerificationKey(ed25519: parts[0])
        }
    }

    private static func sign(_ message: [UInt8], _ key: SigningKey, _ algorithm: SignatureAlgorithm) -> [UInt8] {
        key.sign(message, bits: Int(algorithm.rawValue.suffix(3)) ?? 256, isPSS: algorithm == .ps256)
    }

    @Test func `A signature counts for its message, its key and its algorithm, and for no other`() throws {
        let message = Array("a message".utf8)
        for (key, algorithms) in Self.keys {
            let publicKey = try #require(Self.publicKey(key))
            let other = try #require(Self.publicKey(SigningKey(key.kind)))
            for algorithm in algorithms {
                let signature = Self.sign(message, key, algorithm)
                for candidate in SignatureAlgorithm.allCases {
                    #expect(
                        publicKey.verifies(signature, of: message, by: candidate) == (candidate == algorithm), "\(algorithm) \(candidate)")
                }
                #expect(!other.verifies(signature, of: message, by: algorithm))
                #expect(!publicKey.verifies(signature, of: message + [0], by: algorithm))
                #expect(!publicKey.verifies([], of: message, by: algorithm))
                #expect(!publicKey.verifies(signature.dropLast(), of: message, by: algorithm))
                #expect(!publicKey.verifies(signature + [0], of: message, by: algorithm))
                #expect(!publicKey.verifies([UInt8](repeating: 0, count: signature.count), of: message, by: algorithm))
                for position in stride(from: 0, to: signature.count, by: 7) {
                    var changed = signature
                    changed[position] ^= 1
                    #expect(!publicKey.verifies(changed, of: message, by: algorithm), "\(algorithm) \(position)")
                }
            }
        }
    }

    @Test func `Numbers that begin with zeros or with a high bit verify, too`() throws {
        let key = SigningKey(.p256)
        let publicKey = try #require(Self.publicKey(key))
        // One of 256 signatures has a number with a zero in front.
        for number in 0..<600 {
            let message = Array("\(number)".utf8)
            #expect(publicKey.verifies(key.sign(message), of: message, by: .es256))
        }
    }

    @Test func `Weak keys and what is no key are refused`() {
        let parts = Self.rsa.publicParts
        #expect(VerificationKey(rsaModulus: SigningKey(.rsa(bits: 1024)).publicParts[0], exponent: parts[1]) == nil)
        #expect(VerificationKey(rsaModulus: [UInt8](repeating: 0xFF, count: 1025), exponent: parts[1]) == nil)
        for exponent in [[], [0], [1], [2], [UInt8](repeating: 3, count: 9)] as [[UInt8]] {
            #expect(VerificationKey(rsaModulus: parts[0], exponent: exponent) == nil, "\(exponent)")
        }
        #expect(VerificationKey(rsaModulus: [], exponent: parts[1]) == nil)
        #expect(VerificationKey(rsaModulus: [0, 0] + parts[0], exponent: [0] + parts[1]) != nil)
        let point = SigningKey(.p256).publicParts
        #expect(VerificationKey(p256X: point[0], y: point[1]) != nil)
        #expect(VerificationKey(p256X: point[1], y: point[0]) == nil)
        #expect(VerificationKey(p256X: point[0].dropLast(), y: point[1]) == nil)
        #expect(VerificationKey(p384X: point[0], y: point[1]) == nil)
        #expect(VerificationKey(p256X: [UInt8](repeating: 0, count: 32), y: [UInt8](repeating: 0, count: 32)) == nil)
        #expect(VerificationKey(ed25519: [1, 2, 3]) == nil)
    }
}
