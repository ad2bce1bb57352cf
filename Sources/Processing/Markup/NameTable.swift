/// An open-addressing table from short names to small numbers: a page has thousands of names, and a `Dictionary` of strings would cost
/// more than the parsing.
struct NameTable: Sendable {
    private var keys: [UInt64]
    private var values: [UInt8]
    private let mask: Int

    /// A table of `entries`, at least half of it empty.
    init(_ entries: [(name: String, value: UInt8)]) {
        var size = 64
        while size < entries.count * 4 { size *= 2 }
        keys = [UInt64](repeating: 0, count: size)
        values = [UInt8](repeating: 0, count: size)
        mask = size - 1
        for entry in entries {
            let key = FNV.hash(entry.name.utf8)
            var slot = Int(truncatingIfNeeded: key) & mask
            while keys[slot] != 0 { slot = (slot + 1) & mask }
            keys[slot] = key
            values[slot] = entry.value
        }
    }

    /// The value of the name with the FNV hash `key`, or nil.
    func value(forKey key: UInt64) -> UInt8? {
        var slot = Int(truncatingIfNeeded: key) & mask
        while keys[slot] != 0 {
            if keys[slot] == key { return values[slot] }
            slot = (slot + 1) & mask
        }
        return nil
    }
}

/// The 64-bit Fowler–Noll–Vo hash, variant 1a: stable over runs and machines, which Swift's own hashing is not.
enum FNV {
    static let basis: UInt64 = 0xcbf2_9ce4_8422_2325
    static let prime: UInt64 = 0x0000_0100_0000_01b3

    /// The hash of `bytes`.
    static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var value = basis
        for byte in bytes { value = (value ^ UInt64(byte)) &* prime }
        return value
    }
}
