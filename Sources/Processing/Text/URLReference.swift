/// An absolute address in its five parts, and the resolution of references against it (RFC 3986, section 5.2).
///
/// Foundation's `URL` does the same at fifty times the cost, which counts with some three hundred links on a page.
struct URLReference: Sendable, Hashable {
    var scheme: String
    var authority: String?
    var path: String
    var query: String?
    var fragment: String?

    /// Takes an absolute address apart; nil when `text` has no scheme.
    init?(_ text: String) {
        let parts = Self.split(Array(text.utf8))
        guard let scheme = parts.scheme else { return nil }
        self.scheme = scheme.lowercased()
        authority = parts.authority
        path = parts.path
        query = parts.query
        fragment = parts.fragment
    }

    /// What `reference` points at when it stands in the document at this address; white space around it is ignored.
    func resolving(_ reference: ArraySlice<UInt8>) -> URLReference {
        let bytes = reference.trimmingSpaces()
        let parts = Self.split(Array(bytes))
        var result = self
        result.fragment = parts.fragment
        if let scheme = parts.scheme {
            result.scheme = scheme.lowercased()
            result.authority = parts.authority
            result.path = parts.authority == nil ? parts.path : Self.withoutDots(parts.path)
            result.query = parts.query
        } else if let authority = parts.authority {
            result.authority = authority
            result.path = Self.withoutDots(parts.path)
            result.query = parts.query
        } else if parts.path.isEmpty {
            result.query = parts.query ?? query
        } else {
            if parts.path.hasPrefix("/") {
                result.path = Self.withoutDots(parts.path)
            } else if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
                result.path = Self.withoutDots(String(path[...slash]) + parts.path)
            } else {
                result.path = Self.withoutDots(authority == nil ? parts.path : "/" + parts.path)
            }
            result.query = parts.query
        }
        return result
    }

    /// The address as text, with its fragment.
    var text: String {
        var result = scheme + ":"
        if let authority { result += "//" + authority }
        result += path
        if let query { result += "?" + query }
        if let fragment { result += "#" + fragment }
        return result
    }

    /// Whether it can be fetched by HTTP.
    var isWeb: Bool { (scheme == "http" || scheme == "https") && authority?.isEmpty == false }

    private static func split(
        _ bytes: [UInt8]
    ) -> (scheme: String?, authority: String?, path: String, query: String?, fragment: String?) {
        var rest = bytes[...]
        var fragment: String?
        var query: String?
        var scheme: String?
        var authority: String?
        if let mark = rest.firstIndex(of: UInt8(ascii: "#")) {
            fragment = encoded(rest[(mark + 1)...])
            rest = rest[..<mark]
        }
        if let first = rest.first, first.isASCIILetter,
            let end = rest.firstIndex(where: {
                !($0.isASCIILetter || $0.isASCIIDigit || $0 == 0x2b || $0 == 0x2d || $0 == 0x2e)
            }), rest[end] == UInt8(ascii: ":")
        {
            scheme = String(decoding: rest[..<end], as: UTF8.self)
            rest = rest[(end + 1)...]
        }
        if let mark = rest.firstIndex(of: UInt8(ascii: "?")) {
            query = encoded(rest[(mark + 1)...])
            rest = rest[..<mark]
        }
        if rest.starts(with: "//".utf8) {
            rest = rest.dropFirst(2)
            let end = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            authority = encoded(rest[..<end]).lowercased()
            rest = rest[end...]
        }
        return (scheme, authority, encoded(rest), query, fragment)
    }

    /// Percent-encodes what may not stand in an address; existing escapes stay as they are.
    private static func encoded(_ bytes: ArraySlice<UInt8>) -> String {
        func isUnsafe(_ byte: UInt8) -> Bool {
            byte <= 0x20 || byte >= 0x7f || byte == 0x22 || byte == 0x3c || byte == 0x3e || byte == 0x5c || byte == 0x5e
                || byte == 0x60 || (byte >= 0x7b && byte <= 0x7d)
        }
        guard bytes.contains(where: isUnsafe) else { return String(decoding: bytes, as: UTF8.self) }
        let digits = Array("0123456789ABCDEF".utf8)
        var result: [UInt8] = []
        for byte in bytes where byte != 0x0a && byte != 0x0d && byte != 0x09 {
            if isUnsafe(byte) {
                result += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            } else {
                result.append(byte)
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// Removes the segments `.` and `..` from an absolute path.
    private static func withoutDots(_ path: String) -> String {
        let bytes = Array(path.utf8)
        var hasDots = false
        for index in bytes.indices where bytes[index] == UInt8(ascii: ".") && (index == 0 || bytes[index - 1] == UInt8(ascii: "/")) {
            hasDots = true
            break
        }
        guard hasDots else { return path }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = 0
        while index < bytes.count {
            let end = bytes[index...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
            let segment = bytes[index..<end]
            if segment.elementsEqual("..".utf8) {
                if result.last == UInt8(ascii: "/") { result.removeLast() }
                while let last = result.last, last != UInt8(ascii: "/") { result.removeLast() }
                if result.isEmpty { result.append(UInt8(ascii: "/")) }
            } else if !segment.elementsEqual(".".utf8) {
                result.append(contentsOf: segment)
                if end < bytes.count { result.append(UInt8(ascii: "/")) }
            }
            index = end + 1
        }
        return String(decoding: result, as: UTF8.self)
    }
}

extension ArraySlice<UInt8> {
    /// The slice without HTML white space at either end.
    func trimmingSpaces() -> ArraySlice<UInt8> {
        var slice = self
        while let first = slice.first, first.isHTMLSpace { slice.removeFirst() }
        while let last = slice.last, last.isHTMLSpace { slice.removeLast() }
        return slice
    }
}
