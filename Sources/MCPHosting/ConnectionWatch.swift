import Hummingbird
import NIOCore
import Primitives

/// Notices that a client has gone away while its request is worked on, and ends the connection of one that takes no more of its answer: the
/// last handler that sees a connection's events as they come, where the request handler only sees what it reads.
final class ConnectionWatch: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny

    private struct State {
        var isClosed = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var work: [Int: CancellableWork] = [:]
        var next = 0
    }

    /// The watches of all connections. Asking a connection's pipeline for its own would cost a request two changes of threads.
    private static let all = Locked<[ObjectIdentifier: ConnectionWatch]>([:])

    /// The watch of the connection `channel`.
    static func of(_ channel: any Channel) -> ConnectionWatch? { all.withLock { $0[ObjectIdentifier(channel)] } }

    private let state = Locked(State())
    private let writeTimeout: TimeAmount
    /// The end of a client that does not read. Touched on the connection's event loop only.
    private let ending = Locked<Scheduled<Void>?>(nil)

    /// - Parameter writeTimeout: how long a client may leave the buffers full before its connection is closed.
    init(writeTimeout: Duration) { self.writeTimeout = .milliseconds(Int64(writeTimeout.seconds * 1000)) }

    func handlerAdded(context: ChannelHandlerContext) {
        let name = ObjectIdentifier(context.channel)
        Self.all.withLock { $0[name] = self }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        let channel = context.channel
        ending.withLock { $0 }?.cancel()
        let next = channel.isWritable ? nil : context.eventLoop.scheduleTask(in: writeTimeout) { channel.close(promise: nil) }
        ending.withLock { $0 = next }
        context.fireChannelWritabilityChanged()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The server allows half-closed connections; a client that closes its side before the answer is not waiting for it.
        if let event = event as? ChannelEvent, event == .inputClosed { close() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        ending.withLock { $0 }?.cancel()
        close()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        let name = ObjectIdentifier(context.channel)
        _ = Self.all.withLock { $0.removeValue(forKey: name) }
        close()
    }

    /// Runs `body`, which runs `work`, and cancels that when the client has gone.
    func run<Result: Sendable>(_ work: CancellableWork, _ body: () async -> Result) async -> Result {
        let (number, isClosed) = state.withLock { state in
            state.next += 1
            state.work[state.next] = work
            return (state.next, state.isClosed)
        }
        if isClosed { work.cancel() }
        defer { state.withLock { _ = $0.work.removeValue(forKey: number) } }
        return await body()
    }

    /// Suspends until the client has gone or the task is cancelled.
    func waitUntilClosed() async {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    // A cancellation that came first has left its mark.
                    if state.isClosed || Task.isCancelled { return true }
                    state.waiters[number] = continuation
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
        }
    }

    private func close() {
        let (waiters, work) = state.withLock { state in
            state.isClosed = true
            defer { state.waiters = [:] }
            return (Array(state.waiters.values), Array(state.work.values))
        }
        for waiter in waiters { waiter.resume() }
        for work in work { work.cancel() }
    }
}
