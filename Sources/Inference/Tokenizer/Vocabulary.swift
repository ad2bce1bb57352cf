/// The word pieces of a model: `vocab.txt`, where the number of a line is the id of its piece.
struct Vocabulary: Sendable {
    /// The ids of the pieces that the encoder itself writes or recognizes.
    struct Special: Sendable {
        let padding: Int32
        let unknown: Int32
        let start: Int32
        let end: Int32
        let mask: Int32
    }

    /// Number of pieces.
    let count: Int
    /// Ids of the special pieces.
    let special: Special
    /// Bytes of the longest piece, which bounds the search for the longest match.
    let longestPiece: Int

    // One flat table: the bytes of all pieces, where each begins, and slots of open addressing with id + 1 (0 is empty). A
    // dictionary of strings would take four times the memory and allocate for each look-up.
    private let bytes: [UInt8]
    private let starts: [Int32]
    private let slots: [Int32]

    /// Reads the content of `vocab.txt`.
    ///
    /// - Parameters:
    ///   - content: pieces in UTF-8, one a line, lines ended by LF or CR LF.
    ///   - limit: how many ids the model has; the vocabulary may not have more.
    /// - Throws: `InferenceError` (`invalidModel`) when a special piece is missing, a piece is there twice, or there are too many.
    init(content: [UInt8], limit: Int) throws(InferenceError) {
        var bytes: [UInt8] = []
        var starts: [Int32] = [0]
        var longest = 0
        bytes.reserveCapacity(content.count)
        var lines = content.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
        if lines.last?.isEmpty == true { lines.removeLast() }
        guard lines.count <= limit else {
            throw InferenceError(.invalidModel, "vocab.txt has \(lines.count) pieces; the model has \(limit)")
        }
        for line in lines {
            let piece = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
            bytes += piece
            starts.append(Int32(bytes.count))
            longest = max(longest, piece.count)
        }

        var slots = [Int32](repeating: 0, count: 1 << 17)
        for id in 0..<lines.count {
            let (low, high) = (Int(starts[id]), Int(starts[id + 1]))
            var slot = Self.hash(bytes, low, high, mask: slots.count - 1)
            while slots[slot] != 0 {
                let other = Int(slots[slot] - 1)
                if bytes[Int(starts[other])..<Int(starts[other + 1])] == bytes[low..<high] {
                    throw InferenceError(.invalidModel, "lines \(other + 1) and \(id + 1) of vocab.txt are the same")
                }
                slot = (slot + 1) & (slots.count - 1)
            }
            slots[slot] = Int32(id + 1)
        }
        (self.bytes, self.starts, self.slots) = (bytes, starts, slots)
        (count, longestPiece) = (lines.count, longest)

        func required(_ name: String) throws(InferenceError) -> Int32 {
            let piece = Array(name.utf8)
            if let id = Self.find(piece, 0, piece.count, bytes, starts, slots) { return id }
            throw InferenceError(.invalidModel, "vocab.txt has no \(name)")
        }
        special = Special(
            padding: try required("[PAD]"), unknown: try required("[UNK]"), start: try required("[CLS]"), end: try required("[SEP]"),
            mask: try required("[MASK]"))
    }

    /// The id of the piece `text[low..<high]`, or nil.
    func id(of text: [UInt8], from low: Int, to high: Int) -> Int32? {
        Self.find(text, low, high, bytes, starts, slots)
    }

    private static func find(_ text: [UInt8], _ low: Int, _ high: Int, _ bytes: [UInt8], _ starts: [Int32], _ slots: [Int32]) -> Int32? {
        var slot = hash(text, low, high, mask: slots.count - 1)
        while slots[slot] != 0 {
            let id = Int(slots[slot] - 1)
            let start = Int(starts[id])
            if Int(starts[id + 1]) - start == high - low {
                var same = 0
                while same < high - low && bytes[start + same] == text[low + same] { same += 1 }
                if same == high - low { return Int32(id) }
            }
            slot = (slot + 1) & (slots.count - 1)
        }
        return nil
    }

    // FNV-1a: the pieces are a few bytes long and come from a file, not from an attacker.
    private static func hash(_ text: [UInt8], _ low: Int, _ high: Int, mask: Int) -> Int {
        var value: UInt64 = 14_695_981_039_346_656_037
        for place in low..<high { value = (value ^ UInt64(text[place])) &* 1_099_511_628_211 }
        return Int(truncatingIfNeeded: (value ^ (value >> 29)) & UInt64(mask))
    }
}
