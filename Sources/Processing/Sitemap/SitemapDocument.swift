/// A sitemap as it was read: addresses of pages, or of further sitemaps. <https://www.sitemaps.org/protocol.html>
package struct SitemapDocument: Sendable, Hashable {
    /// What the addresses lead to.
    package enum Kind: Sendable, Hashable {
        case pages, sitemaps
    }

    /// One address.
    package struct Entry: Sendable, Hashable {
        /// As written, without white space around it; not checked.
        package let location: String
        /// `lastmod` as written, at most 40 bytes of digits and the signs of a W3C date; nil without one.
        package let modified: String?

        package init(location: String, modified: String? = nil) { (self.location, self.modified) = (location, modified) }
    }

    /// Why not all of a file was read; the strings are stable.
    package enum Defect: String, Sendable, Hashable, CaseIterable {
        /// It breaks off, or is no well-formed XML.
        case syntax = "E_SITEMAP_SYNTAX"
        /// It has a document type, which no sitemap needs and bombs are made of.
        case documentType = "E_SITEMAP_DOCTYPE"
        /// More addresses than a sitemap may have.
        case entries = "E_SITEMAP_ENTRIES"
        /// Elements inside of elements, deeper than a sitemap has them.
        case depth = "E_SITEMAP_DEPTH"
        /// A tag with more attributes than any of a sitemap has.
        case attributes = "E_SITEMAP_ATTRIBUTES"
        /// More bytes than a sitemap may have.
        case size = "E_SITEMAP_SIZE"
    }

    /// Most addresses of one file, by the protocol.
    package static let maximumEntries = 50_000
    /// Most bytes of one file, decompressed, by the protocol.
    package static let maximumByteCount = 50 << 20
    /// Longest address that is kept.
    static let maximumLocation = 2048
    /// Most elements inside of each other, for extensions such as images and translations.
    static let maximumDepth = 16

    /// What the file is.
    package let kind: Kind
    /// The addresses in the order of the file, those before a defect included.
    package let entries: [Entry]
    /// Nil when all of the file was read.
    package let defect: Defect?

    package init(kind: Kind, entries: [Entry], defect: Defect? = nil) {
        (self.kind, self.entries, self.defect) = (kind, entries, defect)
    }

    /// Reads a sitemap in XML, or as a list of addresses one to a line.
    ///
    /// Pure and bounded: nothing is fetched, no entity is expanded, and a file that breaks off gives what stands before. CPU-bound, some
    /// ten milliseconds for 50,000 addresses.
    ///
    /// - Parameter bytes: the file, decompressed.
    /// - Returns: nil for what is no sitemap at all, such as a page that a site shows for each address.
    package init?(parsing bytes: [UInt8]) {
        guard bytes.count <= Self.maximumByteCount else {
            self.init(kind: .pages, entries: [], defect: .size)
            return
        }
        let start = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
        guard let first = start.first(where: { !$0.isHTMLSpace }) else { return nil }
        // UTF-16 begins with its mark.
        let read = first == UInt8(ascii: "<") || first >= 0xFE ? SitemapParser.parse(bytes) : Self.list(start)
        guard let read else { return nil }
        self = read
    }

    /// Reads addresses one to a line; lines that are empty or begin with `#` are passed over.
    ///
    /// - Returns: nil when another line is no absolute web address.
    package static func list(_ bytes: ArraySlice<UInt8>) -> SitemapDocument? {
        var entries: [Entry] = []
        for line in bytes.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            guard line.count <= maximumLocation + 64 else { return nil }
            let text = String(decoding: line, as: UTF8.self).collapsingSpaces()
            if text.isEmpty || text.hasPrefix("#") { continue }
            guard text.hasPrefix("http://") || text.hasPrefix("https://"), !text.utf8.contains(0x20) else { return nil }
            if entries.count == maximumEntries { return SitemapDocument(kind: .pages, entries: entries, defect: .entries) }
            entries.append(Entry(location: text))
        }
        return entries.isEmpty ? nil : SitemapDocument(kind: .pages, entries: entries)
    }

    /// `text` when it can be a W3C date.
    static func date(_ text: String) -> String? {
        guard (4...40).contains(text.utf8.count), text.utf8.prefix(4).allSatisfy(\.isASCIIDigit) else { return nil }
        return text.utf8.allSatisfy { $0.isASCIIDigit || "-:.+TZtz".utf8.contains($0) } ? text : nil
    }
}
