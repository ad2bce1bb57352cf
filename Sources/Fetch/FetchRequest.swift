package import Primitives

/// One HTTP request with all its limits.
package struct FetchRequest: Sendable {
    /// What to do with a 3xx answer that has a `Location`.
    package enum Redirects: Sendable, Hashable {
        /// The answer is returned as it is; the caller checks the next address and asks again.
        case manual
        /// At most `maximum` hops are followed, for GET and HEAD only; the address guard sees each of them.
        case automatic(maximum: Int)
    }

    /// Which versions of HTTP may be spoken.
    package enum Version: Sendable, Hashable {
        /// HTTP/2 where TLS offers it, HTTP/1.1 otherwise.
        case negotiated
        /// HTTP/1.1 only.
        case http1
        /// HTTP/2 without an upgrade, for a peer that is known to speak it (also in clear).
        case http2PriorKnowledge
    }

    /// Method, upper case. Default `GET`.
    package var method: String
    /// Absolute `http` or `https` address in ASCII.
    package var url: String
    /// Fields to send. Names must be tokens and values free of control characters.
    package var headers: FetchHeaders
    /// Bytes to send; empty for none.
    package var body: [UInt8]
    /// Longest time until the connection is usable, name resolution and TLS included. Default 5 s.
    package var connectTimeout: Duration
    /// Longest time for the whole transfer, waiting for a slot and redirects included; `nil` for streams without end. Default 30 s.
    package var totalTimeout: Duration?
    /// Ends the transfer when no byte arrives for this long, in whole seconds (rounded up); `nil` for never. Default `nil`.
    package var idleTimeout: Duration?
    /// An absolute end besides the time-outs; the earlier one counts.
    package var deadline: Deadline?
    /// Largest body accepted, counted after decompression; the transfer ends as soon as it is exceeded. Default 10 MiB.
    package var maximumBody: ByteCount
    /// Largest head accepted, all hops and informational answers included. Default 64 KiB.
    package var maximumHeaders: ByteCount
    /// What to do with redirects. Default ``Redirects/manual``.
    package var redirects: Redirects
    /// Versions of HTTP. Default ``Version/negotiated``.
    package var version: Version
    /// Whether compressed answers are asked for and decompressed (gzip, deflate, brotli, zstd). Default true.
    package var acceptsCompression: Bool
    /// Asked about every address; `nil` lets all through.
    package var addressGuard: AddressGuard?
    /// Asked when the head of the last hop is complete; false ends the transfer with that head and an empty body. Runs on the transfer
    /// thread: it must not block. `nil` takes every body.
    package var wantsBody: (@Sendable (FetchHead) -> Bool)?
    /// Connects to this Unix socket instead of the address in the URL; the guard is not asked then.
    package var unixSocketPath: String?
    /// Whether the other side is one of the deployment's own, which may learn of the trace. Default false.
    package var carriesTrace: Bool
    /// Signs the request; `nil` for none. A request with a body must then name its `Content-Type`.
    package var signature: FetchSignature?

    /// A request with the defaults that the properties name.
    package init(
        _ method: String = "GET", _ url: String, headers: FetchHeaders = [:], body: [UInt8] = [], totalTimeout: Duration? = .seconds(30),
        maximumBody: ByteCount = .mebibytes(10), addressGuard: AddressGuard? = nil
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.connectTimeout = .seconds(5)
        self.totalTimeout = totalTimeout
        self.maximumBody = maximumBody
        self.maximumHeaders = .kibibytes(64)
        self.redirects = .manual
        self.version = .negotiated
        self.acceptsCompression = true
        self.carriesTrace = false
        self.addressGuard = addressGuard
    }
}

extension FetchRequest {
    /// The instant at which the transfer must have ended, seen from now; `nil` for none.
    var end: Deadline? {
        let bounds = [deadline, totalTimeout.map { Deadline.after($0) }, Deadline.current].compactMap(\.self)
        return bounds.min()
    }

    /// Refuses what could smuggle a second header or request, or what libcurl would take for another protocol.
    func validate() throws(FetchError) {
        guard !method.isEmpty, method.utf8.allSatisfy({ $0 >= 0x41 && $0 <= 0x5A }) else {
            throw FetchError(.invalidRequest, "the method must be in upper-case letters")
        }
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
            throw FetchError(.invalidRequest, "the address must begin with http:// or https://")
        }
        guard url.utf8.count <= 8192, url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw FetchError(.invalidRequest, "the address must be at most 8192 printable ASCII characters without spaces")
        }
        for field in headers {
            guard !field.name.isEmpty, field.name.utf8.allSatisfy(Self.isToken) else {
                throw FetchError(.invalidRequest, "a header name has characters that are not allowed")
            }
            guard field.value.utf8.allSatisfy({ ($0 >= 0x20 && $0 != 0x7F) || $0 == 0x09 }) else {
                throw FetchError(.invalidRequest, "the value of header \(field.name) has control characters")
            }
        }
        if case .automatic = redirects, method != "GET", method != "HEAD" {
            throw FetchError(.invalidRequest, "redirects are followed for GET and HEAD only")
        }
        if let signature, !signature.isWellFormed {
            throw FetchError(.invalidRequest, "region, service and keys of a signature must be letters, digits and signs")
        }
        if unixSocketPath?.utf8.contains(0) == true { throw FetchError(.invalidRequest, "the socket path has a zero byte") }
    }

    private static func isToken(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
