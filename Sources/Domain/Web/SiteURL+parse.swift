extension SiteURL {
    /// Why a text is no address of a site.
    package enum Invalid: Error, Sendable, Hashable, CustomStringConvertible {
        /// Longer than 2048 bytes.
        case tooLong
        /// White space, control characters, backslashes or invisible characters.
        case characters
        /// No scheme, or no `//` behind it.
        case notAbsolute
        /// Another scheme than `http` and `https`, in lower case.
        case scheme(String)
        /// The host is missing or malformed, in words.
        case host(String)
        /// The port is not a number from 1 to 65535.
        case port

        package var description: String {
            switch self {
            case .tooLong: "the address is longer than \(SiteURL.maximumLength) bytes"
            case .characters: "the address has spaces, control characters, backslashes or invisible characters"
            case .notAbsolute: "the address is not absolute"
            case .scheme(let scheme): "the scheme \(scheme) is not http or https"
            case .host(let reason): reason
            case .port: "the port is not a number from 1 to 65535"
            }
        }
    }

    /// Longest address in bytes.
    package static let maximumLength = 2048

    /// Reads an absolute address that a person typed or a client sent. Strict: nothing is repaired but the normal form.
    package init(_ text: String) throws(Invalid) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        guard text.unicodeScalars.allSatisfy(Self.isVisible) else { throw .characters }
        try self.init(absolute: text[...])
    }

    /// Reads `scheme://authority/path?query#fragment`.
    init(absolute text: Substring) throws(Invalid) {
        guard let colon = text.utf8.firstIndex(of: 0x3A), Self.isScheme(text[..<colon]) else { throw .notAbsolute }
        let scheme = text[..<colon].lowercased()
        guard scheme == "http" || scheme == "https" else { throw .scheme(String(scheme.prefix(20))) }
        let rest = text[text.utf8.index(after: colon)...]
        guard rest.hasPrefix("//") else { throw .notAbsolute }
        try self.init(scheme: scheme, afterSlashes: rest.dropFirst(2))
    }

    /// Reads `authority/path?query#fragment`.
    init(scheme: String, afterSlashes text: Substring) throws(Invalid) {
        let end = text.utf8.firstIndex { $0 == 0x2F || $0 == 0x3F || $0 == 0x23 } ?? text.endIndex
        var authority = text[..<end]
        var hadUserInfo = false
        if let at = authority.utf8.lastIndex(of: 0x40) {
            hadUserInfo = true
            authority = authority[authority.utf8.index(after: at)...]
        }
        var port: Int?
        if let colon = authority.utf8.lastIndex(of: 0x3A), authority.last != "]" {
            let digits = authority[authority.utf8.index(after: colon)...]
            authority = authority[..<colon]
            guard digits.utf8.count <= 5, digits.utf8.allSatisfy(\.isDigit) else { throw .port }
            if !digits.isEmpty {
                guard let number = Int(digits), (1...65535).contains(number) else { throw .port }
                port = number
            }
        }
        guard !authority.isEmpty else { throw .host("the host is missing") }
        let host = try SiteHost(authority)
        if port == (scheme == "https" ? 443 : 80) { port = nil }
        let (path, query) = Self.pathAndQuery(text[end...])
        self.init(
            scheme: scheme, host: host, explicitPort: port, path: Self.withoutDots(path.isEmpty ? "/" : path), query: query,
            hadUserInfo: hadUserInfo)
        guard description.utf8.count <= Self.maximumLength else { throw .tooLong }
    }

    /// Splits and normalizes; the fragment is dropped.
    static func pathAndQuery(_ text: Substring) -> (path: String, query: String?) {
        let text = text.utf8.firstIndex(of: 0x23).map { text[..<$0] } ?? text
        let mark = text.utf8.firstIndex(of: 0x3F)
        let path = PercentEncoding.normalized(mark.map { text[..<$0] } ?? text, .path)
        guard let mark else { return (path, nil) }
        let query = PercentEncoding.normalized(text[text.utf8.index(after: mark)...], .query)
        return (path, query.isEmpty ? nil : query)
    }

    /// Removes `.` and `..` (RFC 3986, 5.2.4) from a path that begins with a slash.
    static func withoutDots(_ path: String) -> String {
        let segments = path.utf8.first == 0x2F ? path.dropFirst() : path[...]
        var output: [Substring] = []
        let parts = segments.split(separator: "/", omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            let isLast = index == parts.count - 1
            switch part {
            case ".": if isLast { output.append("") }
            case "..":
                _ = output.popLast()
                if isLast { output.append("") }
            default: output.append(part)
            }
        }
        return "/" + output.joined(separator: "/")
    }

    static func isScheme(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, (first | 0x20) >= 0x61, (first | 0x20) <= 0x7A else { return false }
        return text.utf8.allSatisfy { byte in
            byte.isDigit || ((byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7A) || byte == 0x2B || byte == 0x2D || byte == 0x2E
        }
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.value < 0x80 { return scalar.value > 0x20 && scalar.value != 0x7F && scalar.value != 0x5C }
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .spaceSeparator, .lineSeparator, .paragraphSeparator: return false
        default: return !scalar.properties.isDefaultIgnorableCodePoint
        }
    }
}

extension SiteURL {
    /// `text`, a path or the beginning of one with wildcards, in the percent-encoding of ``path``, so that both can be compared.
    package static func normalizedPattern(_ text: Substring) -> String {
        PercentEncoding.normalized(text, .query)
    }
}
