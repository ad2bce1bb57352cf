extension SiteURL {
    /// Resolves a reference from a page or a `Location` header against this address (RFC 3986, 5.2), with the repairs that browsers make:
    /// white space around it and line breaks inside are dropped, backslashes count as slashes, spaces are encoded.
    ///
    /// - Throws: ``Invalid/scheme(_:)`` for `mailto:`, `javascript:` and the like; the other cases for what is malformed.
    package func resolve(_ reference: String) throws(Invalid) -> SiteURL {
        guard reference.utf8.count <= Self.maximumLength else { throw .tooLong }
        let text = Self.repaired(reference)
        if let colon = text.utf8.firstIndex(of: 0x3A), Self.isScheme(text[..<colon]) {
            let other = text[..<colon].lowercased()
            let rest = text[text.utf8.index(after: colon)...]
            // `https:page.html`: an old way to write a relative reference.
            if other == scheme, !rest.hasPrefix("/") { return try relative(rest) }
            return try SiteURL(absolute: text[...])
        }
        if text.hasPrefix("//") { return try SiteURL(scheme: scheme, afterSlashes: text.dropFirst(2)) }
        return try relative(text[...])
    }

    private func relative(_ text: Substring) throws(Invalid) -> SiteURL {
        let (path, query) = Self.pathAndQuery(text)
        if path.isEmpty {
            let hasQuery = text.utf8.first == 0x3F
            return SiteURL(scheme: scheme, host: host, explicitPort: explicitPort, path: self.path, query: hasQuery ? query : self.query)
        }
        let directory = self.path.utf8.lastIndex(of: 0x2F).map { self.path[...$0] } ?? "/"
        let merged = path.utf8.first == 0x2F ? path : directory + path
        let url = SiteURL(scheme: scheme, host: host, explicitPort: explicitPort, path: Self.withoutDots(merged), query: query)
        guard url.description.utf8.count <= Self.maximumLength else { throw .tooLong }
        return url
    }

    private static func repaired(_ reference: String) -> String {
        let bytes = reference.utf8
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 }) else { return "" }
        guard bytes.contains(where: { $0 < 0x20 || $0 == 0x5C }) else { return String(reference[first...last]) }
        var output: [UInt8] = []
        var isPath = true
        for byte in bytes[first...last] where byte != 0x09 && byte != 0x0A && byte != 0x0D {
            if byte == 0x3F || byte == 0x23 { isPath = false }
            output.append(byte == 0x5C && isPath ? 0x2F : byte)
        }
        return String(decoding: output, as: UTF8.self)
    }
}
