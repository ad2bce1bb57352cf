import Glibc

/// The word of this process that it is about to listen on a TCP port of 127.0.0.1, so that no other Portolan chooses it meanwhile: held until the
/// value goes away or the process ends in any way.
///
/// Between the look at a port and the moment in which a server listens on it nothing else tells two stacks apart that start in the same second. The
/// claim is a Unix socket with an abstract name: the kernel gives a name to one process at a time, and keeps names where it keeps ports, in the
/// network namespace. Programs that know nothing of it can still take the port.
package final class PortClaim: Sendable {
    /// The port.
    package let port: Int
    private let descriptor: Int32

    /// Nil when another claim on `port` is held.
    package init?(_ port: Int) {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let name = Array("portolan/port/\(port)".utf8)
        // A name that begins with a zero is abstract: unix(7).
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { path in
            for (index, byte) in name.enumerated() { unsafe path[index + 1] = byte }
        }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.count)
        let failed = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe bind(descriptor, $0, length) != 0 }
        }
        // Where there are no such sockets, nobody else can have one either.
        if failed, errno == EADDRINUSE {
            close(descriptor)
            return nil
        }
        (self.port, self.descriptor) = (port, descriptor)
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Claims `preferred` when nobody listens on it or claims it, else a port that is free.
    ///
    /// - Throws: code `system` when no socket can be bound.
    package static func of(_ preferred: Int?) throws(EmbeddedServicesError) -> PortClaim {
        if let preferred, let claim = PortClaim(preferred), FreePort.isFree(preferred) { return claim }
        // First below those that the kernel gives to whoever connects to somewhere, which could take a port at any moment.
        for _ in 0..<1000 {
            let port = Int.random(in: 15_000..<32_000)
            if FreePort.isFree(port), let claim = PortClaim(port) { return claim }
        }
        for _ in 0..<1000 { if let claim = PortClaim(try FreePort.find()) { return claim } }
        throw EmbeddedServicesError(.startFailed, "every free port is claimed by another process")
    }
}
