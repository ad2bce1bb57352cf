import NIOCore
import NIOPosix
import Primitives

/// Opens connections that are logged in and on the right database.
struct Connector: Sendable {
    private let current: Locked<RedisConfiguration>

    init(configuration: RedisConfiguration) { current = Locked(configuration) }

    /// What the next connection is made with.
    var configuration: RedisConfiguration { current.withLock(\.self) }

    /// Makes the next connections where and as whom `other` does.
    /// - Returns: false when that is what they are made with already.
    func readdress(_ other: RedisConfiguration) -> Bool {
        current.withLock { current in
            let isSame =
                current.endpoint == other.endpoint && current.username == other.username && current.database == other.database
                && current.password?.reveal() == other.password?.reveal() && (current.tls == nil) == (other.tls == nil)
            if isSame { return false }
            (current.endpoint, current.username, current.password) = (other.endpoint, other.username, other.password)
            (current.database, current.tls) = (other.database, other.tls)
            return true
        }
    }

    /// Connects on `eventLoop` and reports to `receiver` from then on.
    ///
    /// The future fails with `RedisError`: `.connection` (refused, unreachable), `.timeout`, `.server` (wrong password), `.protocolViolation`,
    /// `.tls` (certificate not accepted, no TLS) or `.configuration` (a TLS file that cannot be read).
    func connect(on eventLoop: any EventLoop, receiver: any ReplyReceiver) -> EventLoopFuture<any Channel> {
        let ready = eventLoop.makePromise(of: Void.self)
        // One look: an address of before must not meet a password of now.
        let configuration = configuration
        let timeout = TimeAmount(configuration.connectTimeout)
        let (endpoint, login, limits) = (configuration.endpoint, Self.login(configuration), configuration.replyLimits)
        let connected = Self.tlsContext(configuration, on: eventLoop).flatMap { tls in
            let bootstrap = ClientBootstrap(group: eventLoop)
                .connectTimeout(timeout)
                .channelOption(.socketOption(.so_keepalive), value: 1)
                .channelInitializer { channel in
                    channel.eventLoop.makeCompletedFuture {
                        let pipeline = channel.pipeline.syncOperations
                        if let tls, case .tcp(let host, _) = endpoint {
                            try pipeline.addHandler(TLSHandler(session: tls.makeSession(host: host)))
                        }
                        try pipeline.addHandler(ReplyHandler(login: login, limits: limits, ready: ready, receiver: receiver))
                    }
                }
            return switch endpoint {
            case .tcp(let host, let port): bootstrap.connect(host: host, port: port)
            case .unix(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        }
        // A failed connect never reaches the handler, or reaches it while the channel is torn down: the promise takes the first report.
        connected.whenFailure { ready.fail(Self.wrapped($0)) }
        let timer = eventLoop.scheduleTask(in: timeout) {
            ready.fail(RedisError(.timeout, "Redis did not answer the login in time"))
            connected.whenSuccess { $0.close(promise: nil) }
        }
        ready.futureResult.whenComplete { _ in timer.cancel() }
        return ready.futureResult.flatMap { connected }.flatMapErrorThrowing { throw Self.wrapped($0) }
    }

    /// Made anew for each connection, so that a renewed certificate is used without a restart; on a thread that may read files.
    private static func tlsContext(_ configuration: RedisConfiguration, on eventLoop: any EventLoop) -> EventLoopFuture<TLSContext?> {
        guard let tls = configuration.tls, case .tcp = configuration.endpoint else { return eventLoop.makeSucceededFuture(nil) }
        return NIOThreadPool.singleton.runIfActive(eventLoop: eventLoop) { try TLSContext(tls) }
    }

    private static func login(_ configuration: RedisConfiguration) -> [[RedisArgument]] {
        var hello: [RedisArgument] = ["HELLO", "2"]
        if let password = configuration.password {
            hello += ["AUTH", .text(configuration.username ?? "default"), .text(password.reveal())]
        }
        hello += ["SETNAME", .text(configuration.clientName)]
        return configuration.database == 0 ? [hello] : [hello, ["SELECT", RedisArgument(configuration.database)]]
    }

    private static func wrapped(_ error: any Error) -> RedisError {
        error as? RedisError ?? RedisError(.connection, "Redis cannot be reached", underlying: error)
    }
}

extension TimeAmount {
    /// Rounded up to whole milliseconds.
    init(_ duration: Duration) { self = .milliseconds(Int64(duration.milliseconds)) }
}
