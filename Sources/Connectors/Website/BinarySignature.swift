/// Files that sites send as text by mistake, known by their first bytes.
enum BinarySignature {
    private static let signatures: [[UInt8]] = [
        [0x89, 0x50, 0x4E, 0x47], [0xFF, 0xD8, 0xFF], Array("GIF8".utf8), Array("%PDF-".utf8), [0x50, 0x4B, 0x03, 0x04], [0x1F, 0x8B],
        [0x7F, 0x45, 0x4C, 0x46], Array("RIFF".utf8), [0x00, 0x61, 0x73, 0x6D], Array("wOFF".utf8), Array("wOF2".utf8),
        [0xFD, 0x37, 0x7A, 0x58, 0x5A], [0x28, 0xB5, 0x2F, 0xFD], Array("SQLite format 3".utf8),
    ]

    /// Whether `body` begins as an image, a font, an archive or a program does.
    static func isPresent(in body: [UInt8]) -> Bool { signatures.contains { body.starts(with: $0) } }
}
