import Primitives

extension RedisConfiguration {
    /// Reads `redis://[user:password@]host[:port][/database]`, the same with `rediss` for TLS, or `redis+unix://[user:password@]/path[?db=0]`.
    ///
    /// `rediss` takes the parameters `sslrootcert`, `sslcert` and `sslkey`, files named as in a URL for libpq; they are not opened here.
    /// User and password may be percent-encoded; IPv6 addresses stand in brackets.
    /// - Throws: `RedisError` with code `.configuration` and a message that says what is wrong, never the URL: it has the password in it.
    package init(url: String) throws(RedisError) {
        guard let separator = url.firstRange(ofText: "://") else {
            throw RedisError(.configuration, "The Redis URL has no scheme: use redis://host:port/db or redis+unix:///path?db=0")
        }
        let rest = url[separator.upperBound...]
        switch url[..<separator.lowerBound].lowercased() {
        case "redis": try self.init(tcp: rest, isProtected: false)
        case "rediss": try self.init(tcp: rest, isProtected: true)
        case "redis+unix", "unix": try self.init(unix: rest)
        default: throw RedisError(.configuration, "The scheme of the Redis URL is not redis, rediss or redis+unix")
        }
    }

    private init(tcp rest: Substring, isProtected: Bool) throws(RedisError) {
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest[authority.endIndex...]
        let (username, password, address) = try Self.credentials(of: authority)
        let host: Substring
        let tail: Substring
        if address.hasPrefix("[") {
            guard let end = address.firstIndex(of: "]") else {
                throw RedisError(.configuration, "The Redis URL has an address with an opening bracket only")
            }
            host = address[address.index(after: address.startIndex)..<end]
            tail = address[address.index(after: end)...]
        } else {
            host = address.prefix { $0 != ":" }
            tail = address[host.endIndex...]
        }
        guard !host.isEmpty else { throw RedisError(.configuration, "The Redis URL has no host") }
        var port = 6379
        if !tail.isEmpty {
            guard tail.hasPrefix(":"), let number = Int(tail.dropFirst()), (1...65535).contains(number) else {
                throw RedisError(.configuration, "The port of the Redis URL is not a number from 1 to 65535")
            }
            port = number
        }
        let segment = path.hasPrefix("/") ? path.dropFirst().prefix { $0 != "?" } : ""
        self.init(
            endpoint: .tcp(host: String(host), port: port), username: username, password: password,
            database: try Self.database(segment))
        tls = try Self.tls(rest[path.startIndex...].drop { $0 != "?" }.dropFirst(), isProtected: isProtected)
    }

    private static func tls(_ query: Substring, isProtected: Bool) throws(RedisError) -> TLSConfiguration? {
        guard isProtected else {
            guard query.isEmpty else { throw RedisError(.configuration, "A redis:// URL has no parameters: for TLS use rediss://") }
            return nil
        }
        var tls = TLSConfiguration()
        for item in query.split(separator: "&") {
            let name = item.prefix { $0 != "=" }
            let value = try decoded(item[name.endIndex...].dropFirst())
            guard !value.isEmpty else { throw RedisError(.configuration, "A parameter of the Redis URL has no value") }
            switch name {
            case "sslrootcert": tls.authorityFile = value
            case "sslcert": tls.certificateFile = value
            case "sslkey": tls.keyFile = value
            default:
                throw RedisError(.configuration, "The Redis URL has a parameter that is not sslrootcert, sslcert or sslkey")
            }
        }
        guard (tls.certificateFile == nil) == (tls.keyFile == nil) else {
            throw RedisError(.configuration, "The Redis URL has one of sslcert and sslkey: a client certificate needs both")
        }
        return tls
    }

    private init(unix rest: Substring) throws(RedisError) {
        let authority = rest.prefix { $0 != "/" }
        let (username, password, host) = try Self.credentials(of: authority)
        guard host.isEmpty else {
            throw RedisError(.configuration, "A Redis socket URL has no host: use three slashes, redis+unix:///path")
        }
        let path = rest[authority.endIndex...].prefix { $0 != "?" }
        guard path.count > 1 else { throw RedisError(.configuration, "The Redis socket URL has no path") }
        var database: Substring = ""
        for item in rest[path.endIndex...].dropFirst().split(separator: "&") {
            guard item.hasPrefix("db=") else {
                throw RedisError(.configuration, "The Redis socket URL has a parameter that is not db")
            }
            database = item.dropFirst(3)
        }
        self.init(
            endpoint: .unix(path: try Self.decoded(path)), username: username, password: password,
            database: try Self.database(database))
    }

    private static func credentials(
        of authority: Substring
    ) throws(RedisError) -> (username: String?, password: Redacted<String>?, address: Substring) {
        guard let end = authority.lastIndex(of: "@") else { return (nil, nil, authority) }
        let pair = authority[..<end]
        let name = pair.prefix { $0 != ":" }
        guard name.endIndex < pair.endIndex else {
            throw RedisError(.configuration, "The Redis URL has a user without a password: use user:password@ or :password@")
        }
        let secret = try decoded(pair[pair.index(after: name.endIndex)...])
        return (name.isEmpty ? nil : try decoded(name), Redacted(secret), authority[authority.index(after: end)...])
    }

    private static func database(_ text: Substring) throws(RedisError) -> Int {
        guard !text.isEmpty else { return 0 }
        guard let number = Int(text), number >= 0 else {
            throw RedisError(.configuration, "The database of the Redis URL is not a number from 0")
        }
        return number
    }

    private static func decoded(_ text: Substring) throws(RedisError) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(hexadecimal), let low = rest.popFirst().flatMap(hexadecimal) else {
                throw RedisError(.configuration, "The Redis URL has a percent sign without two hexadecimal digits")
            }
            bytes.append(high << 4 | low)
        }
        guard let decoded = String(validating: bytes, as: UTF8.self) else {
            throw RedisError(.configuration, "The Redis URL has bytes that are no UTF-8")
        }
        return decoded
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        Character(Unicode.Scalar(byte)).hexDigitValue.map { UInt8($0) }
    }
}

extension String {
    fileprivate func firstRange(ofText text: String) -> Range<Index>? {
        indices.first { self[$0...].hasPrefix(text) }.map { $0..<index($0, offsetBy: text.count) }
    }
}
