extension PageContent {
    /// The version of the form that `serialized()` writes; another one is refused when it is read.
    private static let formatVersion: UInt8 = 1

    /// The page as bytes, for keeping it between the stages of a job. Little-endian, lengths before contents.
    package func serialized() -> [UInt8] {
        var writer = ByteWriter()
        writer.byte(Self.formatVersion)
        writer.byte((isExcludedFromIndex ? 1 : 0) | (isExcludedFromFollowing ? 2 : 0))
        writer.text(url)
        writer.text(title)
        writer.optional(canonical)
        writer.optional(language)
        writer.number(UInt64(textChecksum.count))
        writer.bytes += textChecksum
        writer.number(UInt64(links.count))
        for link in links { writer.text(link) }
        writer.number(UInt64(blocks.count))
        for block in blocks { writer.block(block) }
        return writer.bytes
    }

    /// Reads what `serialized()` wrote; nil for anything else.
    package init?(serialized bytes: [UInt8]) {
        var reader = ByteReader(bytes)
        guard reader.byte() == Self.formatVersion, let flags = reader.byte(), let url = reader.text(), let title = reader.text(),
            let canonical = reader.optional(), let language = reader.optional(), let length = reader.count(),
            let checksum = reader.take(length), let linkCount = reader.count()
        else { return nil }
        var links: [String] = []
        links.reserveCapacity(linkCount)
        for _ in 0..<linkCount {
            guard let link = reader.text() else { return nil }
            links.append(link)
        }
        guard let blockCount = reader.count() else { return nil }
        var blocks: [ContentBlock] = []
        blocks.reserveCapacity(blockCount)
        for _ in 0..<blockCount {
            guard let block = reader.block() else { return nil }
            blocks.append(block)
        }
        guard reader.isAtEnd else { return nil }
        self.init(
            url: url, title: title, blocks: blocks, links: links, canonical: canonical.value, language: language.value,
            isExcludedFromIndex: flags & 1 != 0, isExcludedFromFollowing: flags & 2 != 0, textChecksum: Array(checksum))
    }
}

private struct ByteWriter {
    var bytes: [UInt8] = []

    mutating func byte(_ value: UInt8) { bytes.append(value) }

    /// Seven bits a byte, the lowest first.
    mutating func number(_ value: UInt64) {
        var value = value
        while value >= 0x80 {
            bytes.append(UInt8(value & 0x7f) | 0x80)
            value >>= 7
        }
        bytes.append(UInt8(value))
    }

    mutating func text(_ value: String) {
        number(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    mutating func optional(_ value: String?) {
        byte(value == nil ? 0 : 1)
        if let value { text(value) }
    }

    mutating func block(_ block: ContentBlock) {
        switch block.kind {
        case .heading(let level):
            byte(1)
            number(UInt64(level))
        case .definition(let depth):
            byte(2)
            number(UInt64(depth))
        case .paragraph: byte(3)
        case .code(let language):
            byte(4)
            text(language)
        case .table(let headerLines):
            byte(5)
            number(UInt64(headerLines))
        case .rule: byte(6)
        }
        text(block.markdown)
        text(block.text)
        optional(block.anchor)
        text(block.separator)
        byte(block.navigationFingerprint == nil ? 0 : 1)
        if let fingerprint = block.navigationFingerprint { number(fingerprint) }
    }
}

private struct ByteReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }

    mutating func byte() -> UInt8? { rest.popFirst() }

    mutating func number() -> UInt64? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while shift < 64, let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7f) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        return nil
    }

    /// A number that can be a count of what follows: no larger than the bytes that are left.
    mutating func count() -> Int? {
        guard let value = number(), value <= UInt64(rest.count) else { return nil }
        return Int(value)
    }

    mutating func take(_ count: Int) -> ArraySlice<UInt8>? {
        guard count <= rest.count else { return nil }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    mutating func text() -> String? { count().flatMap { take($0) }.map { String(decoding: $0, as: UTF8.self) } }

    mutating func optional() -> (value: String?, Void)? {
        switch byte() {
        case 0: (nil, ())
        case 1: text().map { ($0, ()) }
        default: nil
        }
    }

    mutating func block() -> ContentBlock? {
        let kind: ContentBlock.Kind
        switch byte() {
        case 1:
            guard let level = number(), (1...6).contains(level) else { return nil }
            kind = .heading(level: Int(level))
        case 2:
            guard let depth = number(), depth < 10_000 else { return nil }
            kind = .definition(depth: Int(depth))
        case 3: kind = .paragraph
        case 4:
            guard let language = text() else { return nil }
            kind = .code(language: language)
        case 5:
            guard let lines = number(), lines < 1000 else { return nil }
            kind = .table(headerLines: Int(lines))
        case 6: kind = .rule
        default: return nil
        }
        guard let markdown = text(), let text = text(), let anchor = optional(), let separator = self.text(), let mark = byte() else {
            return nil
        }
        var fingerprint: UInt64?
        if mark == 1 {
            guard let value = number() else { return nil }
            fingerprint = value
        }
        return ContentBlock(
            kind: kind, markdown: markdown, text: text, anchor: anchor.value, separator: separator, navigationFingerprint: fingerprint)
    }
}
