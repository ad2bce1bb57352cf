/// An answer whose body is read while it arrives.
package struct FetchStream: Sendable {
    /// Status, fields and final address.
    package let head: FetchHead
    /// The body; letting go of it ends the transfer.
    package let body: FetchBody
}

/// A body as a sequence of chunks of 1 byte to 16 KiB, after decompression. One task reads it, once.
///
/// At most 256 KiB wait for the reader; beyond that the peer is made to wait. Cancelling the reading task ends the transfer, and so does
/// letting go of the value.
package struct FetchBody: AsyncSequence, Sendable {
    package typealias Element = [UInt8]
    package typealias Failure = FetchError

    private let handle: Handle

    init(fetcher: HTTPFetcher, transfer: Transfer, pipe: BodyPipe) {
        handle = Handle(fetcher: fetcher, transfer: transfer, pipe: pipe)
    }

    package func makeAsyncIterator() -> Iterator { Iterator(handle: handle) }

    /// Reads the chunks in order.
    package struct Iterator: AsyncIteratorProtocol {
        fileprivate let handle: Handle

        /// The next chunk, or `nil` at the end. Throws what ended the transfer early.
        package mutating func next() async throws(FetchError) -> [UInt8]? {
            let (loop, transfer, pipe) = (handle.fetcher.loop, handle.transfer, handle.pipe)
            let result = await withTaskCancellationHandler {
                await pipe.next { loop.submit(.resume(transfer)) }
            } onCancel: {
                loop.submit(.cancel(transfer))
            }
            return try result.get()
        }

        /// As ``next()``; the isolation is the caller's anyway.
        package mutating func next(isolation actor: isolated (any Actor)?) async throws(FetchError) -> [UInt8]? {
            try await next()
        }
    }

    /// Keeps the fetcher while somebody reads, and ends the transfer when the last copy of the body goes.
    fileprivate final class Handle: Sendable {
        let fetcher: HTTPFetcher
        let transfer: Transfer
        let pipe: BodyPipe

        init(fetcher: HTTPFetcher, transfer: Transfer, pipe: BodyPipe) {
            self.fetcher = fetcher
            self.transfer = transfer
            self.pipe = pipe
        }

        deinit { fetcher.loop.submit(.cancel(transfer)) }
    }
}
