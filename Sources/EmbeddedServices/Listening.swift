/// How clients reach an embedded server.
package enum Listening: Sendable, Hashable {
    /// On a Unix socket in a folder that only the owner (and root) can enter.
    case unixSocket
    /// On 127.0.0.1 with a password as well as on the Unix socket; 0 takes a free port.
    case loopback(port: Int)
}
