import Primitives

/// An HTTP client over libcurl: one thread that drives all transfers, and a pool of kept connections.
///
/// Environment proxies, `.netrc`, cookies and every protocol but HTTP are off; TLS is at least 1.2 and always verified. The thread ends
/// when the fetcher is closed or let go; transfers in progress then end with ``FetchError/Code/cancelled``.
///
/// ```swift
/// let fetcher = try HTTPFetcher()
/// let answer = try await fetcher.send(FetchRequest("GET", "https://example.org/"))
/// ```
package final class HTTPFetcher: Sendable {
    /// What all transfers of one fetcher share.
    package struct Configuration: Sendable {
        /// Sent as `User-Agent` unless a request names its own. Default `Portolan`.
        package var userAgent = "Portolan"
        /// Transfers at one time; more wait in order. Default 100.
        package var maximumTransfers = 100
        /// Transfers that may wait for a slot; more are refused with ``FetchError/Code/overloaded``. Default 10,000.
        package var maximumQueued = 10_000
        /// Connections kept open without a transfer. Default 20.
        package var keptConnections = 20
        /// How long a kept connection may be used again, whole seconds. Default 5 s.
        package var keptFor: Duration = .seconds(5)
        /// A PEM file of certificate authorities in place of the system's.
        package var certificateAuthorities: String?
        /// Called at the end of each transfer that was not cancelled, on the fetcher's thread: it must return at once.
        package var onEnd: (@Sendable (TransferReport) -> Void)?
        /// Hears of each transfer in the task of its caller.
        package var observer: (any TransferObserver)?

        /// The defaults that the properties name.
        package init() {}
    }

    let loop: CurlLoop
    private let observer: (any TransferObserver)?

    /// Starts the thread. Throws ``FetchError/Code/overloaded`` when libcurl or the system has no memory or thread left.
    package init(_ configuration: Configuration = Configuration()) throws(FetchError) {
        loop = try CurlLoop(configuration)
        observer = configuration.observer
        try loop.start()
    }

    deinit { loop.close() }

    /// Ends all transfers and the thread; later requests end with ``FetchError/Code/cancelled``.
    package func close() { loop.close() }

    /// Counters since the start.
    package var metrics: FetchMetrics { loop.metrics.withLock { $0 } }

    /// Sends `request` and returns the whole answer, whatever its status.
    ///
    /// Cancelling the task ends the transfer and its connection within milliseconds and throws ``FetchError/Code/cancelled``. Not retried.
    package func send(_ request: FetchRequest) async throws(FetchError) -> FetchResponse {
        var request = request
        let end = observer?.began(&request)
        try request.validate()
        let transfer = Transfer(request)
        let loop = loop
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Transfer.WholeAnswer) in
                transfer.sink = .whole(continuation)
                loop.begin(transfer)
            }
        } onCancel: {
            loop.submit(.cancel(transfer))
        }
        end?(result.map(\.status))
        return try result.get()
    }

    /// Sends `request` and returns once the head has arrived; the body is read chunk by chunk.
    ///
    /// Cancelling the task before the head has arrived ends the transfer. The time-outs go on counting while the body is read, so a stream
    /// without end wants `totalTimeout` nil and an `idleTimeout`.
    package func stream(_ request: FetchRequest) async throws(FetchError) -> FetchStream {
        var request = request
        let end = observer?.began(&request)
        try request.validate()
        let transfer = Transfer(request)
        let pipe = BodyPipe(highMark: 256 << 10)
        let loop = loop
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: Transfer.HeadOnly) in
                transfer.sink = .stream(continuation, pipe)
                loop.begin(transfer)
            }
        } onCancel: {
            loop.submit(.cancel(transfer))
        }
        end?(result.map(\.status))
        return FetchStream(head: try result.get(), body: FetchBody(fetcher: self, transfer: transfer, pipe: pipe))
    }
}
