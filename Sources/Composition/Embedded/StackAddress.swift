/// Where this machine reaches a stack: the address that it listens on, in the form that stands in a URL.
package struct StackAddress: Sendable, Hashable {
    /// A name, an IPv4 address, or an IPv6 address in brackets.
    package let host: String

    /// - Parameter bind: `PORTOLAN_BIND`. One that stands for all addresses is reached on loopback.
    package init(bind: String) {
        switch bind {
        case "0.0.0.0", "": host = "127.0.0.1"
        case "::": host = "[::1]"
        default: host = bind.contains(":") && !bind.hasPrefix("[") ? "[\(bind)]" : bind
        }
    }

    /// The root of the server on `port`.
    package func url(_ port: Int) -> String { "http://\(host):\(port)" }
}
