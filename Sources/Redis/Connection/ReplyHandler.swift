import NIOCore

/// The last handler of a connection: logs in, decodes replies, reports them.
final class ReplyHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let login: [[RedisArgument]]
    private let ready: EventLoopPromise<Void>
    private let receiver: any ReplyReceiver
    private var decoder: ReplyDecoder
    private var repliesToLogin: Int
    private var failure: RedisError?
    private var wasActive = false
    private var isDone = false

    /// - Parameters:
    ///   - login: commands to send first; all must succeed.
    ///   - ready: fulfilled after the login; its failure is the only report of a failed login.
    init(login: [[RedisArgument]], limits: ReplyLimits, ready: EventLoopPromise<Void>, receiver: any ReplyReceiver) {
        self.login = login
        self.ready = ready
        self.receiver = receiver
        decoder = ReplyDecoder(limits: limits)
        repliesToLogin = login.count
    }

    func channelActive(context: ChannelHandlerContext) {
        wasActive = true
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: login.flatMap(CommandEncoder.encode))), promise: nil)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard failure == nil else { return }
        var buffer = unwrapInboundIn(data)
        do {
            try decoder.decode(&buffer, handle)
        } catch {
            failure = error
        }
        if failure != nil { context.close(promise: nil) }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if repliesToLogin == 0, failure == nil { receiver.receivedBatch() }
    }

    func channelInactive(context: ChannelHandlerContext) {
        finish()
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if failure == nil {
            failure = error as? RedisError ?? RedisError(.connection, "The connection to Redis failed", underlying: error)
        }
        context.close(promise: nil)
    }

    func handlerRemoved(context: ChannelHandlerContext) { finish() }

    private func handle(_ reply: RedisValue) {
        guard failure == nil else { return }
        guard repliesToLogin > 0 else { return receiver.received(reply) }
        if case .error(let text) = reply {
            failure = RedisError(reply: text)
            return
        }
        repliesToLogin -= 1
        if repliesToLogin == 0 { ready.succeed() }
    }

    private func finish() {
        // A connect that fails is reported by its own future, with the better reason.
        guard wasActive, !isDone else { return }
        isDone = true
        let error = failure ?? RedisError(.connection, "Redis closed the connection")
        if repliesToLogin > 0 { ready.fail(error) } else { receiver.connectionClosed(error) }
    }
}
