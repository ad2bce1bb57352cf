import CLibcurl
import Primitives

extension Transfer {
    /// Sets every option of the easy handle; false when libcurl takes one of them not.
    func setUp(_ configuration: HTTPFetcher.Configuration) -> Bool {
        guard let handle = unsafe handle else { return false }
        var options = unsafe EasyOptions(handle: handle)
        let context = unsafe Unmanaged.passUnretained(self).toOpaque()
        unsafe options.check(portolan_curl_set_pointer(handle, CURLOPT_PRIVATE, context))
        unsafe options.check(portolan_curl_set_write(handle, receiveBody, context))
        unsafe options.check(portolan_curl_set_header(handle, receiveHeader, context))
        unsafe options.check(portolan_curl_set_open_socket(handle, openSocket, context))
        if request.addressGuard != nil, request.unixSocketPath == nil {
            unsafe options.check(portolan_curl_set_before_request(handle, checkBeforeRequest, context))
        }
        options.set(CURLOPT_URL, request.url)
        options.set(CURLOPT_PATH_AS_IS, 1)
        options.set(CURLOPT_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_REDIR_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_DISALLOW_USERNAME_IN_URL, 1)
        // An empty string switches the proxies of the environment off.
        options.set(CURLOPT_PROXY, "")
        options.set(CURLOPT_NOSIGNAL, 1)
        // Without it the removal of a transfer joins the resolver thread, and a slow name server stalls all other transfers.
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = configuration.certificateAuthorities { options.set(CURLOPT_CAINFO, file) }
        options.set(CURLOPT_MAXAGE_CONN, wholeSeconds(configuration.keptFor))
        if let path = request.unixSocketPath { options.set(CURLOPT_UNIX_SOCKET_PATH, path) }
        switch request.version {
        case .negotiated: options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        case .http1: options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        case .http2PriorKnowledge: options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE))
        }
        // An empty string stands for all that libcurl can decompress.
        if request.acceptsCompression { options.set(CURLOPT_ACCEPT_ENCODING, "") }
        if case .automatic(let maximum) = request.redirects {
            options.set(CURLOPT_FOLLOWLOCATION, 1)
            options.set(CURLOPT_MAXREDIRS, max(0, maximum))
        }
        setTimes(&options)
        setMethod(&options)
        if let signature = request.signature { setSignature(&options, signature) }
        setHeaders(&options, userAgent: configuration.userAgent)
        return options.areTaken
    }

    private func setTimes(_ options: inout EasyOptions) {
        options.set(CURLOPT_CONNECTTIMEOUT_MS, max(1, Int(request.connectTimeout.milliseconds)))
        // Zero would mean no limit.
        if let end { options.set(CURLOPT_TIMEOUT_MS, max(1, Int(end.remaining.milliseconds))) }
        if let idle = request.idleTimeout {
            options.set(CURLOPT_LOW_SPEED_LIMIT, 1)
            options.set(CURLOPT_LOW_SPEED_TIME, wholeSeconds(idle))
        }
    }

    private func setMethod(_ options: inout EasyOptions) {
        let sendsBody = !request.body.isEmpty
        switch request.method {
        case "HEAD": options.set(CURLOPT_NOBODY, 1)
        case "GET" where !sendsBody: options.set(CURLOPT_HTTPGET, 1)
        case "POST": options.set(CURLOPT_POST, 1)
        default: options.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        if sendsBody || announcesBody { options.setBody(request.body) }
    }

    /// Whether an empty body is announced too, with a length of zero (RFC 9110, 8.6).
    private var announcesBody: Bool { request.method == "POST" || request.method == "PUT" }

    private func setSignature(_ options: inout EasyOptions, _ signature: FetchSignature) {
        options.set(CURLOPT_AWS_SIGV4, "aws:amz:\(signature.region):\(signature.service)")
        options.set(CURLOPT_USERNAME, signature.accessKey.reveal())
        options.set(CURLOPT_PASSWORD, signature.secretKey.reveal())
        // Permission to send is asked for, see below, but not waited for.
        options.set(CURLOPT_EXPECT_100_TIMEOUT_MS, 1)
    }

    private func setHeaders(_ options: inout EasyOptions, userAgent: String) {
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        if request.headers["User-Agent"] == nil { options.set(CURLOPT_USERAGENT, userAgent) }
        // Leaving out a field takes a line that libcurl 7.88 would sign although it is not sent.
        if !request.body.isEmpty || announcesBody, request.signature == nil {
            // libcurl would wait a second for permission to send, and would call every body a form.
            if request.headers["Expect"] == nil { lines.append("Expect:") }
            if request.headers["Content-Type"] == nil { lines.append("Content-Type:") }
        }
        for line in lines {
            guard let list = unsafe curl_slist_append(headerList, line) else { return options.fail() }
            unsafe headerList = list
        }
        if let list = unsafe headerList { unsafe options.check(portolan_curl_set_headers(options.handle, list)) }
    }

    private func wholeSeconds(_ duration: Duration) -> Int { max(1, Int(min(duration.seconds.rounded(.up), 1e9))) }
}

/// Sets options and remembers whether one was refused.
@safe private struct EasyOptions {
    let handle: UnsafeMutableRawPointer
    private(set) var areTaken = true

    init(handle: UnsafeMutableRawPointer) { unsafe self.handle = handle }

    mutating func check(_ code: CURLcode) { if code != CURLE_OK { areTaken = false } }
    mutating func fail() { areTaken = false }
    mutating func set(_ option: CURLoption, _ value: Int) { unsafe check(portolan_curl_set_long(handle, option, value)) }
    mutating func set(_ option: CURLoption, _ value: String) { unsafe check(portolan_curl_set_string(handle, option, value)) }

    mutating func setBody(_ bytes: [UInt8]) {
        guard !bytes.isEmpty else { return unsafe check(portolan_curl_set_body(handle, "", 0)) }
        let code = unsafe bytes.withUnsafeBytes { unsafe portolan_curl_set_body(handle, $0.baseAddress, Int($0.count)) }
        check(code)
    }
}
