import Testing

@testable import Inference

struct CanonicalDecompositionTests {
    private func decomposed(_ scalar: Unicode.Scalar) -> [UInt32] {
        var values: [UInt32] = []
        CanonicalDecomposition.shared.forEach(of: scalar) { values.append($0.value) }
        return values
    }

    private static let known: [(Unicode.Scalar, [UInt32])] = [
        ("a", [0x61]),
        ("é", [0x65, 0x301]),
        ("ǖ", [0x75, 0x308, 0x304]),
        ("\u{212A}", [0x4B]),
        ("\u{F900}", [0x8C48]),
        ("\u{1D15E}", [0x1D157, 0x1D165]),
        ("\u{2FA1D}", [0x2A600]),
        ("가", [0x1100, 0x1161]),
        ("각", [0x1100, 0x1161, 0x11A8]),
        ("힣", [0x1112, 0x1175, 0x11C2]),
        ("\u{10FFFF}", [0x10FFFF]),
    ]

    @Test(arguments: known)
    func `a scalar decomposes as in the Unicode tables`(scalar: Unicode.Scalar, expected: [UInt32]) {
        #expect(decomposed(scalar) == expected)
    }

    @Test
    func `every decomposition is canonically equivalent to its scalar and final`() {
        for value in UInt32(0x80)...0x2FFFF {
            guard let scalar = Unicode.Scalar(value) else { continue }
            let parts = decomposed(scalar).compactMap(Unicode.Scalar.init)
            guard parts != [scalar] else { continue }
            var text = ""
            text.unicodeScalars.append(contentsOf: parts)
            // Strings compare by canonical equivalence.
            #expect(text == String(Character(scalar)))
            #expect(parts.allSatisfy { decomposed($0) == [$0.value] })
        }
    }
}
