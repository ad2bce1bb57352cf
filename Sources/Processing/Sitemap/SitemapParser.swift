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

    /// - Returns: nil when the root element is none of a sitemap's.
    static func parse(_ bytes: [UInt8]) -> SitemapDocument? {
        guard isReady, !bytes.isEmpty, bytes.count <= SitemapDocument.maximumByteCount else { return nil }
        let run = Run()
        var isWhole = false
        unsafe bytes.withUnsafeBufferPointer { input in
            unsafe input.withMemoryRebound(to: CChar.self) { input in
                guard let context = unsafe xmlCreateMemoryParserCtxt(input.baseAddress, Int32(input.count)) else { return }
                // Frees the context and its copy of the input; there is no document, since the events are ours.
                defer { unsafe xmlFreeParserCtxt(context) }
                _ = unsafe xmlCtxtUseOptions(
                    context, Int32(XML_PARSE_NONET.rawValue | XML_PARSE_NOERROR.rawValue | XML_PARSE_NOWARNING.rawValue))
                unsafe context.pointee.sax.pointee = handler()
                // Owned by the context for the length of this call.
                let owned = unsafe Unmanaged.passRetained(run)
                defer { unsafe owned.release() }
                unsafe run.context = unsafe context
                unsafe context.pointee.userData = unsafe owned.toOpaque()
                _ = unsafe xmlParseDocument(context)
                isWhole = unsafe context.pointee.wellFormed == 1
            }
        }
        guard let kind = run.kind else {
            return run.defect == .documentType ? SitemapDocument(kind: .pages, entries: [], defect: .documentType) : nil
        }
        return SitemapDocument(kind: kind, entries: run.entries, defect: run.defect ?? (isWhole ? nil : .syntax))
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

        func stopAtForeignRoot() { if let context = unsafe context { unsafe xmlStopParser(context) } }

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
