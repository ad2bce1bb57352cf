import Domain

/// Looks through the directory of a zip for what libarchive does not tell: names that go on behind a zero byte, entries that share their
/// content with others, and how much of the archive each entry takes.
struct ZipDirectory {
    private let file: MappedFile
    private let maximumEntries: Int

    init(_ file: MappedFile, maximumEntries: Int) { (self.file, self.maximumEntries) = (file, maximumEntries) }

    /// Returns the compressed sizes of the entries in the order of their places, in which libarchive reads them; none for another format.
    ///
    /// - Throws: ``Domain/Fault`` for such a name or such entries.
    func compressedSizes() throws(Fault) -> [Int64] {
        guard let end = endRecord(), let start = start(end) else { return [] }
        var position = start
        var parts: [Part] = []
        while number(position, 4) == 0x0201_4B50 {
            guard let name = number(position + 28, 2), let extra = number(position + 30, 2), let comment = number(position + 32, 2),
                position + 46 + name + extra <= file.count, let part = part(position, name: name, extra: extra)
            else { throw .archive(.corrupt, "The directory of the archive is damaged.") }
            if unsafe file.bytes[(position + 46)..<(position + 46 + name)].contains(0) {
                throw .archive(.portability, "A name in the archive has a zero byte.", hint: "Rename the file.")
            }
            // Made on Unix: the upper half of the attributes is the mode, and its upper four bits the type.
            if number(position + 5, 1) == 3, let type = number(position + 41, 1).map({ $0 >> 4 }), ![0, 4, 8].contains(type) {
                throw .archive(.special, "An entry is neither file nor folder.")
            }
            guard parts.count < maximumEntries else {
                throw .archive(.entries, "The archive has too many entries.", limit: "\(maximumEntries)")
            }
            parts.append(part)
            position += 46 + name + extra + comment
        }
        parts.sort { $0.start < $1.start }
        // Offsets count from the first byte of the archive, before which something else may stand: that moves all of them alike.
        for index in parts.indices.dropLast() where parts[index].end > parts[index + 1].start {
            throw .archive(.overlap, "Entries of the archive share their content.")
        }
        return parts.map { Int64($0.size) }
    }

    /// The least room that an entry takes: header, name and content.
    private struct Part {
        let start: Int
        let size: Int
        let end: Int
    }

    /// The room of the entry whose directory entry is at `position`.
    private func part(_ position: Int, name: Int, extra: Int) -> Part? {
        guard var size = number(position + 20, 4), var offset = number(position + 42, 4) else { return nil }
        // Zip64: what does not fit stands in an extra field, in the order uncompressed, compressed, offset.
        var field = position + 46 + name
        let fieldsEnd = field + extra
        while field + 4 <= fieldsEnd, let kind = number(field, 2), let length = number(field + 2, 2) {
            if kind == 1 {
                var value = field + 4
                if number(position + 24, 4) == Self.elsewhere { value += 8 }
                if size == Self.elsewhere {
                    guard let long = number(value, 8) else { return nil }
                    size = long
                    value += 8
                }
                if offset == Self.elsewhere {
                    guard let long = number(value, 8) else { return nil }
                    offset = long
                }
            }
            field += 4 + length
        }
        // Both come from the archive, in eight bytes each.
        guard size <= file.count, offset <= file.count else { return nil }
        return Part(start: offset, size: size, end: offset + 30 + name + size)
    }

    private static let elsewhere = 0xFFFF_FFFF

    /// Where the record at the end begins; it is followed by a comment of up to 65,535 bytes.
    private func endRecord() -> Int? {
        let last = file.count - 22
        guard last >= 0 else { return nil }
        var position = last
        while position >= max(0, last - 65_535) {
            if number(position, 4) == 0x0605_4B50 { return position }
            position -= 1
        }
        return nil
    }

    /// Where the directory begins, by its size, since something may stand before the archive.
    private func start(_ end: Int) -> Int? {
        guard let size = number(end + 12, 4) else { return nil }
        if size != 0xFFFF_FFFF, end - size >= 0, number(end - size, 4) == 0x0201_4B50 { return end - size }
        // Zip64: a locator of 20 bytes before the record leads to a longer record with the place of the directory.
        guard number(end - 20, 4) == 0x0706_4B50, let record = number(end - 12, 8), number(record, 4) == 0x0606_4B50 else { return nil }
        return number(record + 48, 8)
    }

    /// The little-endian number of `count` bytes at `position`; nil outside of the file.
    private func number(_ position: Int, _ count: Int) -> Int? {
        guard position >= 0, position <= file.count - count else { return nil }
        var value: UInt64 = 0
        for index in (0..<count).reversed() { unsafe value = value << 8 | UInt64(file.bytes[position + index]) }
        return Int(exactly: value)
    }
}
