import CLibcurl
import Glibc
import Primitives

/// Each callback runs on the loop thread inside curl_multi_perform or curl_easy_pause; its context is the transfer, which the loop keeps
/// alive while its handle is in the multi handle.
private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    unsafe context.map { unsafe Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

/// `CURLOPT_WRITEFUNCTION`: any number but the offered one ends the transfer.
let receiveBody: curl_write_callback = { bytes, _, count, context in
    guard let transfer = unsafe transfer(context), let bytes = unsafe bytes else { return 0 }
    return unsafe transfer.receive(UnsafeRawBufferPointer(start: bytes, count: count)) ?? Int(CURL_WRITEFUNC_PAUSE)
}

/// `CURLOPT_HEADERFUNCTION`: called once for each complete line, status lines and the empty line included.
let receiveHeader: curl_write_callback = { bytes, _, count, context in
    guard let transfer = unsafe transfer(context), let bytes = unsafe bytes else { return 0 }
    return unsafe transfer.receiveHeader(UnsafeRawBufferPointer(start: bytes, count: count)) ? count : 0
}

/// `CURLOPT_OPENSOCKETFUNCTION`: called for every address that libcurl is about to try.
let openSocket: curl_opensocket_callback = { context, _, address in
    guard let transfer = unsafe transfer(context), let address = unsafe address else { return CURL_SOCKET_BAD }
    guard unsafe transfer.allows(address) else { return CURL_SOCKET_BAD }
    // Close-on-exec, so that the database processes which the embedded stack starts inherit no connection.
    let type = unsafe address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = unsafe socket(address.pointee.family, type, address.pointee.protocol)
    if descriptor >= 0 {
        transfer.socketsOpened += 1
        transfer.socketsOpenedForHop += 1
    }
    return descriptor
}

/// `CURLOPT_PREREQFUNCTION`: called when a connection, new or kept, is about to carry the request.
let checkBeforeRequest: curl_prereq_callback = { context, peer, _, port, _ in
    guard let transfer = unsafe transfer(context), let peer = unsafe peer else { return CURL_PREREQFUNC_ABORT }
    let isAllowed = transfer.allows(unsafe ResolvedAddress(text: String(cString: peer), port: Int(port)))
    return isAllowed ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
}

extension Transfer {
    /// How many bytes were taken; `nil` to pause, fewer than offered to end the transfer.
    fileprivate func receive(_ bytes: UnsafeRawBufferPointer) -> Int? {
        let limit = request.maximumBody.bytes
        guard bodyBytes + bytes.count <= limit else {
            fault = FetchError(.tooLarge, "the body is larger than \(request.maximumBody)")
            return 0
        }
        switch sink {
        case .none:
            return 0
        case .whole:
            if body.isEmpty { reserveBody(limit) }
            unsafe body.append(contentsOf: bytes)
        case .stream, .body:
            announceHead()
            guard case .body(let pipe) = sink, pipe.offer({ unsafe Array(bytes) }) else { return nil }
        }
        bodyBytes += bytes.count
        return bytes.count
    }

    /// Trusts a declared length only so far: the peer may declare what it never sends.
    private func reserveBody(_ limit: Int) {
        if let declared = headers["Content-Length"].flatMap({ Int($0) }), declared > 0 {
            body.reserveCapacity(min(declared, limit, 1 << 20))
        }
    }

    fileprivate func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Bool {
        headerBytes += bytes.count
        guard headerBytes <= request.maximumHeaders.bytes else {
            fault = FetchError(.tooLarge, "the head is larger than \(request.maximumHeaders)")
            return false
        }
        let line = unsafe String(decoding: bytes, as: UTF8.self)
        if line.hasPrefix("HTTP/") {
            startHead(line)
        } else if isHeadComplete {
            return true  // A trailer.
        } else if line == "\r\n" || line == "\n" {
            isHeadComplete = status >= 200
            if isHeadComplete, !isFollowed { return completeHead() }
        } else if line.first == " " || line.first == "\t" {
            headers.continueLast(with: Self.trimmed(line[...]))
        } else if let colon = line.utf8.firstIndex(of: 0x3A) {
            headers.append(String(line[..<colon]), Self.trimmed(line[line.utf8.index(after: colon)...]))
        }
        return true
    }

    /// Refuses a body by its head: not wanted, or declared larger than allowed. The length in an answer to HEAD and in a 304 is no body.
    private func completeHead() -> Bool {
        if let wantsBody = request.wantsBody, !wantsBody(head) {
            isBodyUnwanted = true
            return false
        }
        let limit = request.maximumBody
        if request.method != "HEAD", status != 304, let length = headers["Content-Length"].flatMap({ Int($0) }), length > limit.bytes {
            fault = FetchError(.tooLarge, "the body is larger than \(limit)")
            return false
        }
        announceHead()
        return true
    }

    private func startHead(_ line: String) {
        if isFollowed { hops += 1 }
        headers.removeAll()
        isHeadComplete = false
        (socketsOpenedForHop, refusal) = (0, nil)
        let parts = line.split(maxSplits: 2, whereSeparator: { $0 == " " || $0 == "\r\n" || $0 == "\n" })
        version = String(parts[0].dropFirst(5))
        status = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    }

    /// Whether libcurl will go on to the address in `Location`.
    private var isFollowed: Bool {
        guard case .automatic(let maximum) = request.redirects else { return false }
        return (300..<400).contains(status) && headers["Location"] != nil && hops < maximum
    }

    private static func trimmed(_ text: Substring) -> String {
        let bytes = text.utf8
        guard let first = bytes.firstIndex(where: { $0 > 0x20 }), let last = bytes.lastIndex(where: { $0 > 0x20 }) else { return "" }
        return String(text[first...last])
    }

    fileprivate func allows(_ address: UnsafeMutablePointer<curl_sockaddr>) -> Bool {
        guard request.addressGuard != nil, request.unixSocketPath == nil else { return true }
        return allows(unsafe ResolvedAddress(address))
    }

    /// Asks the guard. An address that cannot be read is refused.
    fileprivate func allows(_ address: ResolvedAddress?) -> Bool {
        guard let addressGuard = request.addressGuard else { return true }
        guard let address else {
            refusal = "the address is of an unknown kind"
            return false
        }
        switch addressGuard(address) {
        case .allow: return true
        case .refuse(let reason):
            refusal = reason
            return false
        }
    }
}

extension ResolvedAddress {
    fileprivate init?(_ address: UnsafeMutablePointer<curl_sockaddr>) {
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        let raw = unsafe UnsafeRawPointer(address) + offset
        switch unsafe address.pointee.family {
        case AF_INET:
            let value = unsafe raw.loadUnaligned(as: sockaddr_in.self)
            unsafe self.init(bytes: withUnsafeBytes(of: value.sin_addr) { unsafe Array($0) }, port: Int(UInt16(bigEndian: value.sin_port)))
        case AF_INET6:
            let value = unsafe raw.loadUnaligned(as: sockaddr_in6.self)
            unsafe self.init(
                bytes: withUnsafeBytes(of: value.sin6_addr) { unsafe Array($0) }, port: Int(UInt16(bigEndian: value.sin6_port)))
        default: return nil
        }
    }

    /// Reads the numeric text that libcurl keeps for a connection.
    fileprivate init?(text: String, port: Int) {
        var four = in_addr()
        var six = in6_addr()
        if unsafe inet_pton(AF_INET, text, &four) == 1 {
            unsafe self.init(bytes: withUnsafeBytes(of: four) { unsafe Array($0) }, port: port)
        } else if unsafe inet_pton(AF_INET6, text, &six) == 1 {
            unsafe self.init(bytes: withUnsafeBytes(of: six) { unsafe Array($0) }, port: port)
        } else {
            return nil
        }
    }

    private init?(bytes: [UInt8], port: Int) {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let family = bytes.count == 4 ? AF_INET : AF_INET6
        let written = unsafe text.withUnsafeMutableBufferPointer { buffer in
            unsafe inet_ntop(family, bytes, buffer.baseAddress, socklen_t(buffer.count)) != nil
        }
        guard written else { return nil }
        let description = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        self.init(bytes: bytes, port: port, description: description)
    }
}
