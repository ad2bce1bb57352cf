/// Encodes rows in COPY's text format, in chunks that suit a socket.
struct CopyEncoder {
    private static let chunkBytes = 1 << 18

    private let columnCount: Int
    private var chunks: [[UInt8]] = []
    private var current: [UInt8] = []

    init(columnCount: Int) { self.columnCount = columnCount }

    mutating func append(_ row: [any PostgresEncodable]) throws(PostgresError) {
        guard row.count == columnCount else {
            throw PostgresError(.encoding, "A row has \(row.count) values for \(columnCount) columns.", wasNeverSent: true)
        }
        for (index, value) in row.enumerated() {
            if index > 0 { current.append(0x09) }
            var buffer = ParameterBuffer()
            value.encode(into: &buffer)
            if let failure = buffer.failure { throw PostgresError(.encoding, "In a COPY row: \(failure)", wasNeverSent: true) }
            try append(buffer)
        }
        current.append(0x0A)
        if current.count >= Self.chunkBytes { flush() }
    }

    mutating func finish() -> [[UInt8]] {
        flush()
        return chunks
    }

    private mutating func append(_ buffer: ParameterBuffer) throws(PostgresError) {
        let slot = buffer.slots[0]
        guard let length = slot.length else {
            current += [0x5C, 0x4E]
            return
        }
        let bytes = buffer.bytes[slot.start..<slot.start + length]
        guard slot.isBinary else { return appendEscaped(bytes) }
        guard let text = TextRendering.text(of: bytes, type: slot.type) else {
            throw PostgresError(.encoding, "A value of type \(slot.type.rawValue) has no text form.", wasNeverSent: true)
        }
        appendEscaped(text.utf8)
    }

    private mutating func appendEscaped(_ bytes: some Sequence<UInt8>) {
        for byte in bytes {
            switch byte {
            case 0x5C: current += [0x5C, 0x5C]
            case 0x09: current += [0x5C, 0x74]
            case 0x0A: current += [0x5C, 0x6E]
            case 0x0D: current += [0x5C, 0x72]
            default: current.append(byte)
            }
        }
    }

    private mutating func flush() {
        guard !current.isEmpty else { return }
        chunks.append(current)
        current = []
    }
}
