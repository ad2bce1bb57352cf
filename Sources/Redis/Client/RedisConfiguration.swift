package import Primitives

/// Where Redis is and how patient the client is.
package struct RedisConfiguration: Sendable {
    /// The address of a server.
    package enum Endpoint: Sendable, Hashable {
        /// Host name or address, and port.
        case tcp(host: String, port: Int)
        /// The path of a Unix socket.
        case unix(path: String)
    }

    /// The address of the server.
    package var endpoint: Endpoint
    /// TLS on a TCP connection; nil for none. A Unix socket has none.
    package var tls: TLSConfiguration?
    /// ACL user; nil means `default`. Used only together with a password.
    package var username: String?
    /// Secret.
    package var password: Redacted<String>?
    /// Number of the logical database, from 0.
    package var database: Int
    /// Shown by `CLIENT LIST`; no spaces.
    package var clientName = "portolan"
    /// Bound on connecting, the TLS handshake and logging in together.
    package var connectTimeout: Duration = .seconds(5)
    /// Deadline of a command for which the caller gives none.
    package var commandTimeout: Duration = .seconds(5)
    /// A connection that owes replies and has sent no byte for this long is closed.
    package var stallTimeout: Duration = .seconds(5)
    /// Delays between attempts to connect.
    package var backoff = Backoff(base: .milliseconds(50), limit: .seconds(2))
    /// Commands that wait or are in flight on a connection; the next one fails with `.overloaded`.
    package var maximumPending = 16_384
    /// Connections for blocking commands at one time; the next one fails with `.overloaded`.
    package var maximumDedicatedConnections = 32
    /// Bounds on one reply.
    package var replyLimits = ReplyLimits()

    /// A server at `endpoint`.
    package init(
        endpoint: Endpoint, tls: TLSConfiguration? = nil, username: String? = nil, password: Redacted<String>? = nil, database: Int = 0
    ) {
        self.endpoint = endpoint
        self.tls = tls
        self.username = username
        self.password = password
        self.database = database
    }
}
