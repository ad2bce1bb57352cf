/// Why a transfer did not end with a complete answer. An answer with status 404 or 500 is no error here.
package struct FetchError: Error, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    /// The kind of failure.
    package struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Kind: String, Sendable {
            case dns, connect, connectionLost, tls, timeout, tooLarge, refusedAddress, tooManyRedirects, `protocol`, cancelled,
                invalidRequest, overloaded, circuitOpen
        }
        private let kind: Kind

        /// The name does not resolve.
        package static let dns = Code(kind: .dns)
        /// No connection could be made.
        package static let connect = Code(kind: .connect)
        /// The connection broke before the answer was complete.
        package static let connectionLost = Code(kind: .connectionLost)
        /// TLS could not be set up, or the certificate is not trusted.
        package static let tls = Code(kind: .tls)
        /// A time-out or the deadline passed.
        package static let timeout = Code(kind: .timeout)
        /// Body or head are larger than the request allows.
        package static let tooLarge = Code(kind: .tooLarge)
        /// The address guard refused every address of the host.
        package static let refusedAddress = Code(kind: .refusedAddress)
        /// More redirects than the request allows.
        package static let tooManyRedirects = Code(kind: .tooManyRedirects)
        /// The peer does not speak HTTP as it should.
        package static let `protocol` = Code(kind: .protocol)
        /// The task was cancelled, or the fetcher was closed.
        package static let cancelled = Code(kind: .cancelled)
        /// The request is malformed; nothing was sent.
        package static let invalidRequest = Code(kind: .invalidRequest)
        /// Too many transfers wait for a slot; nothing was sent.
        package static let overloaded = Code(kind: .overloaded)
        /// The circuit to the dependency is open; nothing was sent.
        package static let circuitOpen = Code(kind: .circuitOpen)

        package var description: String { kind.rawValue }
    }

    /// The kind of failure.
    package let code: Code
    /// What happened, safe for strangers: no address, no header, no body.
    package let message: String
    /// The reason that the address guard gave, with ``Code/refusedAddress``.
    package let refusal: String?
    /// What libcurl says, with host names and addresses.
    package let underlying: String?
    /// When trying again can help, with ``Code/circuitOpen``.
    package let retryAfter: Duration?
    /// Whether the same failure is expected the next time, whatever the code says.
    private let isPermanent: Bool

    init(
        _ code: Code, _ message: String, refusal: String? = nil, underlying: String? = nil, retryAfter: Duration? = nil,
        isPermanent: Bool = false
    ) {
        self.code = code
        self.message = message
        self.refusal = refusal
        self.underlying = underlying
        self.retryAfter = retryAfter
        self.isPermanent = isPermanent
    }

    /// Whether the same request may succeed later. Says nothing about whether the method is safe to repeat.
    package var isRetryable: Bool {
        !isPermanent && [.dns, .connect, .connectionLost, .tls, .timeout, .protocol, .overloaded, .circuitOpen].contains(code)
    }

    package var description: String { refusal.map { "\(code): \(message): \($0)" } ?? "\(code): \(message)" }
    package var debugDescription: String { underlying.map { "\(description) (\($0))" } ?? description }
}
