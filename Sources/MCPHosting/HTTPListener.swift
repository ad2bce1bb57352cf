package import Hummingbird
import HummingbirdCore
package import Logging
import NIOCore
import Primitives

/// Runs one HTTP/1.1 server.
package enum HTTPListener {
    /// Serves until cancelled or gracefully shut down.
    ///
    /// - Parameters:
    ///   - responder: answers the requests.
    ///   - bind: the address.
    ///   - port: 0 takes a free one.
    ///   - idleTimeout: after which a connection without a request is closed.
    ///   - logger: warnings and errors of the framework.
    ///   - onServing: called once with the port that is listened on.
    package static func run<Responder: HTTPResponder>(
        _ responder: Responder, bind: String, port: Int, idleTimeout: Duration, logger: Logger,
        onServing: @escaping @Sendable (Int) async -> Void
    ) async throws where Responder.Context == ConnectionContext {
        // The framework's own lines repeat ours.
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .warning)
        // Above the limits that are answered with a problem: only what is far beyond is cut off by the decoder.
        var decoder = HTTP1Channel.Configuration.DecoderConfiguration()
        decoder.maxHeaderFieldSize = 64 << 10
        decoder.maxHeaderListSize = 80 << 10
        decoder.maxHeaderFieldCount = 200
        let application = Application(
            responder: responder,
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [ConnectionWatch(writeTimeout: idleTimeout)],
                    idleTimeout: .seconds(Int64(idleTimeout.seconds.rounded(.up))),
                    httpDecoderConfiguration: decoder)),
            configuration: ApplicationConfiguration(address: .hostname(bind, port: port)),
            onServerRunning: { channel in await onServing(channel.localAddress?.port ?? port) }, logger: quiet)
        try await application.run()
    }
}
