internal import CMarkup

/// Reads a sitemap by the events of libxml2's XML parser (`xmlParseDocument`).
///
/// A document type ends the parsing before any entity of it is known, the network is off, and libxml2's own limits on depth and on the
/// length of names and texts hold.
enum SitemapParser {
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    /// More attributes than any tag of a sitemap has, and few enough for libxml2 to compare pairwise.
    static let maximumAttributes = 128

    /// - Returns: nil when the root element is none of a sitemap's.
    static func parse(_ bytes: [UInt8]) -> SitemapDocument? {
        guard isReady, !bytes.isEmpty, bytes.count <= SitemapDocument.maximumByteCount else { return nil }
        let text = decoded(bytes)
        // What comes behind a NUL is no XML.
        let whole = text.prefix { $0 != 0 }
        let crowded = crowdedTag(in: whole)
        let run = Run()
        // Owned by the context for the length of this call.
        let owned = unsafe Unmanaged.passRetained(run)
        defer { unsafe owned.release() }
        let result = unsafe XMLInput.parse(
            whole[..<(crowded ?? whole.endIndex)], handler: handler(), data: owned.toOpaque()
        ) {
            unsafe run.context = unsafe $0
        }
        let isWhole = result?.isWhole == true && whole.count == text.count
        guard let kind = run.kind else {
            if run.defect == .documentType { return SitemapDocument(kind: .pages, entries: [], defect: .documentType) }
            return crowded == nil || run.isForeign ? nil : SitemapDocument(kind: .pages, entries: [], defect: .attributes)
        }
        let defect = run.defect ?? (crowded != nil ? .attributes : isWhole ? nil : .syntax)
        return SitemapDocument(kind: kind, entries: run.entries, defect: defect)
    }

    /// `bytes` as UTF-8, so that what is looked over is what is parsed.
    private static func decoded(_ bytes: [UInt8]) -> [UInt8] {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            let name = bytes[0] == 0xFF ? "UTF-16LE" : "UTF-16BE"
            return CharsetConverter.utf8(from: Array(bytes.dropFirst(2)), charset: name) ?? bytes
        }
        if bytes.starts(with: [0x3C, 0x00]) { return CharsetConverter.utf8(from: bytes, charset: "UTF-16LE") ?? bytes }
        guard bytes.starts(with: "<?xml".utf8), let end = bytes.prefix(256).firstIndex(of: UInt8(ascii: ">")) else { return bytes }
        let declaration = String(decoding: bytes[..<end], as: UTF8.self)
        guard let range = declaration.firstRange(of: "encoding") else { return bytes }
        let value = declaration[range.upperBound...].drop { $0.isWhitespace || $0 == "=" }
        guard let quote = value.first, quote == "\"" || quote == "'" else { return bytes }
        let name = value.dropFirst().prefix { $0 != quote }.uppercased()
        guard !["UTF-8", "UTF8", "US-ASCII", "ASCII", "UTF-16"].contains(name), name.utf8.count <= 32 else { return bytes }
        return CharsetConverter.utf8(from: bytes, charset: name) ?? bytes
    }

    /// Where the first tag begins that has more attributes than it may have. Exact up to the first place that is not well-formed, where
    /// the parsing ends.
    private static func crowdedTag(in bytes: ArraySlice<UInt8>) -> Int? {
        var index = bytes.startIndex
        func begins(_ text: StaticString) -> Bool {
            guard bytes.endIndex - index >= text.utf8CodeUnitCount else { return false }
            for offset in 0..<text.utf8CodeUnitCount {
                guard unsafe bytes[index + offset] == text.utf8Start[offset] else { return false }
            }
            return true
        }
        func skip(to mark: StaticString) { while index < bytes.endIndex, !begins(mark) { index += 1 } }
        while index < bytes.endIndex {
            guard bytes[index] == UInt8(ascii: "<") else {
                index += 1
                continue
            }
            if begins("<!--") {
                index += 4
                skip(to: "-->")
            } else if begins("<![CDATA[") {
                skip(to: "]]>")
            } else if begins("<?") {
                skip(to: "?>")
            } else if begins("<!") {
                return nil
            } else {
                let start = index
                var count = 0
                while index < bytes.endIndex, bytes[index] != UInt8(ascii: ">") {
                    let quote = bytes[index]
                    index += 1
                    guard quote == 0x22 || quote == 0x27 else { continue }
                    count += 1
                    if count > maximumAttributes { return start }
                    while index < bytes.endIndex, bytes[index] != quote { index += 1 }
                    index += 1
                }
            }
        }
        return nil
    }

    /// What a callback needs: a class, because the C callbacks reach it through an unmanaged pointer.
    @safe private final class Run {
        private enum Field {
            case location, modified
        }

        var context: xmlParserCtxtPtr?
        private(set) var kind: SitemapDocument.Kind?
        private(set) var entries: [SitemapDocument.Entry] = []
        private(set) var defect: SitemapDocument.Defect?
        private(set) var isForeign = false
        private var depth = 0
        private var namespace: String?
        private var field: Field?
        private var text: [UInt8] = []
        private var location: String?
        private var modified: String?

        /// Ends the parsing; what was read stays.
        func stop(_ defect: SitemapDocument.Defect) {
            self.defect = self.defect ?? defect
            if let context = unsafe context { unsafe xmlStopParser(context) }
        }

        func stopAtForeignRoot() {
            isForeign = true
            if let context = unsafe context { unsafe xmlStopParser(context) }
        }

        func start(_ name: String, _ uri: String?) {
            depth += 1
            if depth > SitemapDocument.maximumDepth { return stop(.depth) }
            switch (depth, name) {
            case (1, "urlset"): (kind, namespace) = (.pages, uri)
            case (1, "sitemapindex"): (kind, namespace) = (.sitemaps, uri)
            case (1, _): stopAtForeignRoot()
            case (2, _): (location, modified) = (nil, nil)
            // Extensions have elements of the same name, such as the `loc` of an image.
            case (3, "loc") where uri == namespace: (field, text) = (.location, [])
            case (3, "lastmod") where uri == namespace: (field, text) = (.modified, [])
            default: break
            }
        }

        func end(_ name: String) {
            defer { depth -= 1 }
            switch depth {
            case 3:
                let value = String(decoding: text, as: UTF8.self).collapsingSpaces()
                switch field {
                case .location: if text.count <= SitemapDocument.maximumLocation, !value.isEmpty { location = value }
                case .modified: modified = SitemapDocument.date(value)
                case nil: break
                }
                field = nil
            case 2 where name == (kind == .sitemaps ? "sitemap" : "url"):
                guard let location else { return }
                if entries.count == SitemapDocument.maximumEntries { return stop(.entries) }
                entries.append(SitemapDocument.Entry(location: location, modified: modified))
            default: break
            }
        }

        func characters(_ bytes: UnsafeBufferPointer<xmlChar>) {
            // One byte more than an address may have, so that one that is too long is known as such.
            guard field != nil, depth == 3, text.count <= SitemapDocument.maximumLocation else { return }
            unsafe text.append(contentsOf: bytes.prefix(SitemapDocument.maximumLocation + 1 - text.count))
        }
    }

    private static func handler() -> xmlSAXHandler {
        var handler = unsafe xmlSAXHandler()
        unsafe handler.initialized = UInt32(XML_SAX2_MAGIC)
        unsafe handler.internalSubset = { data, _, _, _ in
            guard let data = unsafe data else { return }
            unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue().stop(.documentType)
        }
        unsafe handler.startElementNs = { data, name, _, uri, _, _, _, _, _ in
            guard let data = unsafe data, let name = unsafe name else { return }
            let run = unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue()
            let namespace = unsafe uri.map { unsafe String(decodingCString: $0, as: UTF8.self) }
            unsafe run.start(String(decodingCString: name, as: UTF8.self), namespace)
        }
        unsafe handler.endElementNs = { data, name, _, _ in
            guard let data = unsafe data, let name = unsafe name else { return }
            let text = unsafe String(decodingCString: name, as: UTF8.self)
            unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue().end(text)
        }
        unsafe handler.characters = { data, text, count in
            guard let data = unsafe data, let text = unsafe text, count > 0 else { return }
            let run = unsafe Unmanaged<Run>.fromOpaque(data).takeUnretainedValue()
            unsafe run.characters(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        unsafe handler.cdataBlock = unsafe handler.characters
        return unsafe handler
    }
}
