/// How clients reach an embedded server.
package enum Listening: Sendable, Hashable {
    /// On a Unix socket in a folder that only the owner (and root) can enter.
    case unixSocket
    /// On 127.0.0.1 with a password as well as on the Unix socket; 0 takes a free port.
    case loopback(port: Int)

    /// The port to listen on, and what holds one that nobody asked for by its number.
    ///
    /// - Parameter name: the port that a server on a Unix socket is named after.
    /// - Throws: as ``PortClaim/of(_:)``.
    func choosePort(named name: Int) throws(EmbeddedServicesError) -> (port: Int, claim: PortClaim?) {
        switch self {
        case .unixSocket: return (name, nil)
        case .loopback(port: 0):
            let claim = try PortClaim.of(nil)
            return (claim.port, claim)
        case .loopback(let port): return (port, nil)
        }
    }
}
