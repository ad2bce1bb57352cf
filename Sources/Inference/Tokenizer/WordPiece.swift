/// The uncased WordPiece tokenizer of BERT, with the same ids as the reference library (`tokenizers`) for all-MiniLM-L6-v2.
struct WordPiece: Sendable {
    /// The pieces it cuts words into.
    let vocabulary: Vocabulary
    private let specials: [(text: [UInt8], id: Int32)]

    /// A tokenizer over `vocabulary`.
    init(vocabulary: Vocabulary) {
        self.vocabulary = vocabulary
        let special = vocabulary.special
        specials = [
            ("[PAD]", special.padding), ("[UNK]", special.unknown), ("[CLS]", special.start), ("[SEP]", special.end),
            ("[MASK]", special.mask),
        ].map { (Array($0.0.utf8), $0.1) }
    }

    /// The ids of `text` between `[CLS]` and `[SEP]`, cut to at most `limit` ids in all; `limit` is at least 2.
    func encode(_ text: String, limit: Int) -> [Int32] {
        var pieces = scan(text, limit: limit - 2).ids
        pieces.insert(vocabulary.special.start, at: 0)
        pieces.append(vocabulary.special.end)
        return pieces
    }

    /// The pieces of the whole of `text`, without `[CLS]` and `[SEP]`, with the place in UTF-8 where each begins.
    func pieces(of text: String) -> PieceScanner { scan(text, limit: .max) }

    private func scan(_ text: String, limit: Int) -> PieceScanner {
        let bytes = Array(text.utf8)
        var scanner = PieceScanner(vocabulary: vocabulary, limit: limit)
        var from = 0
        var place = 0
        // Special pieces spelled out in the text are matched before anything is normalized, and in upper case only.
        while place < bytes.count && !scanner.isFull {
            if bytes[place] == UInt8(ascii: "["), let special = specials.first(where: { bytes[place...].starts(with: $0.text) }) {
                scanner.scan(bytes, from: from, to: place)
                scanner.append(special.id, at: place)
                place += special.text.count
                from = place
            } else {
                place += 1
            }
        }
        scanner.scan(bytes, from: from, to: bytes.count)
        return scanner
    }
}
