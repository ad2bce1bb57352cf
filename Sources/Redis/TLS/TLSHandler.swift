import NIOCore

/// Encrypts and decrypts between the socket and the handlers behind it. Writes wait for the handshake, which begins with the connection.
///
/// A failure is fired as `RedisError`, once, before the connection is closed.
final class TLSHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum State { case handshake, open, over }

    private var session: TLSSession
    private var state = State.handshake
    private var early: [(bytes: ByteBuffer, promise: EventLoopPromise<Void>?)] = []

    init(session: consuming TLSSession) { self.session = session }

    func channelActive(context: ChannelHandlerContext) {
        shakeHands(context)
        context.fireChannelActive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard state != .over else { return }
        var bytes = unwrapInboundIn(data)
        session.feed(&bytes)
        if state == .handshake { shakeHands(context) }
        if state == .open { decrypt(context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if state == .handshake {
            context.fireErrorCaught(RedisError(.connection, "Redis closed the connection during the TLS handshake"))
        }
        state = .over
        failEarly(ChannelError.ioOnClosedChannel)
        context.fireChannelInactive()
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var bytes = unwrapOutboundIn(data)
        switch state {
        case .handshake: early.append((bytes, promise))
        case .open: encrypt(&bytes, promise, context)
        case .over: promise?.fail(ChannelError.ioOnClosedChannel)
        }
    }

    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        if state == .open {
            session.end()
            send(context)
        }
        state = .over
        failEarly(ChannelError.ioOnClosedChannel)
        context.close(mode: mode, promise: promise)
    }

    func handlerRemoved(context: ChannelHandlerContext) { failEarly(ChannelError.ioOnClosedChannel) }

    private func shakeHands(_ context: ChannelHandlerContext) {
        do {
            let isOver = try session.handshake()
            send(context)
            guard isOver else { return }
            state = .open
            let waiting = early
            early = []
            for (bytes, promise) in waiting {
                var bytes = bytes
                encrypt(&bytes, promise, context)
            }
            context.flush()
        } catch {
            fail(error, context)
        }
    }

    private func decrypt(_ context: ChannelHandlerContext) {
        var clear = context.channel.allocator.buffer(capacity: 0)
        do {
            let goesOn = try session.decrypt(into: &clear)
            // An alert or an answer to a change of keys.
            send(context)
            if clear.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(clear)) }
            if !goesOn { context.close(promise: nil) }
        } catch {
            // What came before the failure is authentic.
            if clear.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(clear)) }
            fail(error, context)
        }
    }

    private func encrypt(_ bytes: inout ByteBuffer, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        do {
            try session.encrypt(&bytes)
            guard let output = session.takeOutput(context.channel.allocator) else {
                promise?.succeed()
                return
            }
            context.write(wrapOutboundOut(output), promise: promise)
        } catch {
            promise?.fail(error)
            fail(error, context)
        }
    }

    private func send(_ context: ChannelHandlerContext) {
        guard let output = session.takeOutput(context.channel.allocator) else { return }
        context.writeAndFlush(wrapOutboundOut(output), promise: nil)
    }

    private func fail(_ error: RedisError, _ context: ChannelHandlerContext) {
        guard state != .over else { return }
        send(context)
        state = .over
        failEarly(error)
        context.fireErrorCaught(error)
        context.close(promise: nil)
    }

    private func failEarly(_ error: any Error) {
        let waiting = early
        early = []
        for (_, promise) in waiting { promise?.fail(error) }
    }
}
