import CLibpq

/// libpq's own reading of connection strings and names.
enum LibpqOptions {
    /// The keywords and values of a URL or a keyword list (`PQconninfoParse`), without those that it does not set.
    static func parse(_ text: String) throws(PostgresError) -> [String: String] {
        var failure: UnsafeMutablePointer<CChar>?
        guard let options = unsafe PQconninfoParse(text, &failure) else {
            // libpq's message may quote the URL and with it the password: say only that it is wrong.
            if unsafe failure != nil { unsafe PQfreemem(failure) }
            throw PostgresError(.configuration, "The database URL cannot be read: expected postgres://user:password@host:port/database.")
        }
        defer { unsafe PQconninfoFree(options) }
        var values: [String: String] = [:]
        var option = unsafe options
        while let keyword = unsafe option.pointee.keyword {
            if let value = unsafe option.pointee.val { unsafe values[String(cString: keyword)] = String(cString: value) }
            unsafe option += 1
        }
        return values
    }

    /// The numeric addresses of `host` (`getaddrinfo`), best first. Blocks: never call it on the reactor.
    static func addresses(of host: String) throws(PostgresError) -> [String] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        unsafe hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let failure = unsafe getaddrinfo(host, nil, &hints, &list)
        guard failure == 0 else {
            throw PostgresError(
                .connection, "The name \"\(host)\" cannot be resolved: \(unsafe String(cString: gai_strerror(failure)))", wasNeverSent: true
            )
        }
        defer { unsafe freeaddrinfo(list) }
        var addresses: [String] = []
        var entry = unsafe list
        while let current = unsafe entry {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            let named = unsafe getnameinfo(
                current.pointee.ai_addr, current.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            if named == 0 {
                let bytes = text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
                addresses.append(String(decoding: bytes, as: UTF8.self))
            }
            unsafe entry = unsafe current.pointee.ai_next
        }
        guard !addresses.isEmpty else { throw PostgresError(.connection, "The name \"\(host)\" has no address.", wasNeverSent: true) }
        return addresses
    }
}
