/// The bytes of a file as UTF-8 without byte order mark, NULs and declared encodings, so that no parser can be told to read them otherwise.
struct SourceText {
    let bytes: [UInt8]
    /// What had to be done, as code and sentence.
    private(set) var problems: [(code: String, message: String)] = []

    init(_ source: [UInt8]) throws(OntologyError) {
        var text = source
        if source.starts(with: [0xFF, 0xFE]) || source.starts(with: [0xFE, 0xFF]) {
            guard let decoded = Self.utf16(source) else { throw OntologyError(.encoding, "The file is neither UTF-8 nor UTF-16.") }
            text = decoded
            problems.append(("E_ENCODING_UTF16", "The file is UTF-16 and was read as such; OBO and RDF files are UTF-8."))
        } else if source.starts(with: [0xEF, 0xBB, 0xBF]) {
            text.removeFirst(3)
        }
        let declared = Self.declaredEncoding(text)
        if (try? UTF8Span(validating: text.span)) == nil {
            text = Self.windows1252(text)
            problems.append(("E_ENCODING", "The file is not UTF-8; it was read as Windows-1252."))
        } else if let declared, !["utf-8", "utf8", "us-ascii", "ascii", "utf-16"].contains(declared), text.contains(where: { $0 >= 0x80 }) {
            problems.append(
                ("E_ENCODING_DECLARED", "The file says that it is \(declared.prefix(40)), but it is UTF-8 and was read as such."))
        }
        if text.contains(0) {
            text = text.flatMap { $0 == 0 ? Array("\u{FFFD}".utf8) : [$0] }
            problems.append(("E_NUL", "The file has NUL bytes, which were replaced."))
        }
        if declared != nil { text = Self.withoutDeclaration(text) }
        bytes = text
    }

    /// The encoding that an XML declaration names, in lower case.
    private static func declaredEncoding(_ bytes: [UInt8]) -> String? {
        guard bytes.starts(with: Array("<?xml".utf8)), let end = bytes.prefix(1024).firstIndex(of: UInt8(ascii: ">")) else { return nil }
        let declaration = String(decoding: bytes[..<end], as: UTF8.self)
        guard let range = declaration.firstRange(of: "encoding") else { return nil }
        let value = declaration[range.upperBound...].drop { $0 == " " || $0 == "=" || $0 == "\t" }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return nil }
        return value.dropFirst().prefix { $0 != quote }.lowercased()
    }

    /// Blanks out the XML declaration: without one a document is UTF-8, and the lines keep their numbers.
    private static func withoutDeclaration(_ bytes: [UInt8]) -> [UInt8] {
        guard let end = bytes.prefix(1024).firstIndex(of: UInt8(ascii: ">")) else { return bytes }
        return Array("<?xml version=\"1.0\"?>".utf8) + bytes[(end + 1)...]
    }

    private static func utf16(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count % 2 == 0 else { return nil }
        let isLittle = bytes[0] == 0xFF
        let units = stride(from: 2, to: bytes.count, by: 2).map { index in
            isLittle
                ? UInt16(bytes[index]) | UInt16(bytes[index + 1]) << 8 : UInt16(bytes[index]) << 8 | UInt16(bytes[index + 1])
        }
        return String(validating: units, as: UTF16.self).map { Array($0.utf8) }
    }

    private static func windows1252(_ bytes: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        output.reserveCapacity(bytes.count + bytes.count / 8)
        for byte in bytes {
            if byte < 0x80 {
                output.append(byte)
            } else {
                let scalar = Unicode.Scalar(byte < 0xA0 ? high[Int(byte) - 0x80] : UInt16(byte)) ?? "\u{FFFD}"
                output.append(contentsOf: String(Character(scalar)).utf8)
            }
        }
        return output
    }

    /// 0x80 to 0x9F.
    private static let high: [UInt16] = [
        0x20AC, 0xFFFD, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, 0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0xFFFD, 0x017D, 0xFFFD,
        0xFFFD, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, 0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0xFFFD, 0x017E, 0x0178,
    ]
}
