/// Full canonical decomposition (Unicode NFD) of single scalars, without ICU.
///
/// Hangul syllables decompose by arithmetic (The Unicode Standard, section 3.12), everything else by the generated table.
struct CanonicalDecomposition: Sendable {
    /// The one copy of the table, unpacked on first use in a fraction of a millisecond.
    static let shared = CanonicalDecomposition(table: decompositionTable)

    // `keys` ascend; the decomposition of keys[i] is values[starts[i]..<starts[i + 1]].
    private var keys: [UInt32] = []
    private var starts: [Int32] = [0]
    private var values: [Unicode.Scalar] = []

    private init(table: StaticString) {
        var number: UInt32 = 0
        func value(_ digit: UInt8) -> UInt32 { UInt32(digit) - (digit < UInt8(ascii: "A") ? 48 : 55) }
        for byte in Array(table.description.utf8) + [UInt8(ascii: " ")] {
            switch byte {
            case UInt8(ascii: "="):
                keys.append(number)
                number = 0
            case UInt8(ascii: "+"), UInt8(ascii: " "):
                values.append(Unicode.Scalar(number) ?? "\u{FFFD}")
                number = 0
                if byte == UInt8(ascii: " ") { starts.append(Int32(values.count)) }
            default: number = number << 4 | value(byte)
            }
        }
    }

    /// Calls `body` with each scalar that `scalar` decomposes to, in order; with `scalar` itself when it does not.
    func forEach(of scalar: Unicode.Scalar, _ body: (Unicode.Scalar) -> Void) {
        if let syllable = HangulSyllable(scalar) { return syllable.jamo.forEach(body) }
        guard let index = index(of: scalar.value) else { return body(scalar) }
        for place in Int(starts[index])..<Int(starts[index + 1]) { body(values[place]) }
    }

    private func index(of key: UInt32) -> Int? {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low < keys.count && keys[low] == key ? low : nil
    }
}

private struct HangulSyllable {
    private let index: UInt32

    init?(_ scalar: Unicode.Scalar) {
        guard (0xAC00...0xD7A3).contains(scalar.value) else { return nil }
        index = scalar.value - 0xAC00
    }

    var jamo: [Unicode.Scalar] {
        let values = [0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11A7 + index % 28]
        // The third is absent from open syllables.
        return values.prefix(index % 28 == 0 ? 2 : 3).compactMap(Unicode.Scalar.init)
    }
}
