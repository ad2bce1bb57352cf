import Glibc
import Primitives

/// Log output on file descriptor 2. Each line is one write(2), so lines of several processes on one pipe stay whole up to 4096 bytes.
package struct StandardError: LogOutput {
    // Lines of one process stay whole at any length: what a short write leaves is written before the next line begins.
    private let turn = Locked(())
    private let descriptor: Int32

    package init() { descriptor = STDERR_FILENO }

    /// The same output on a descriptor that the caller owns.
    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Whether descriptor 2 is a terminal: isatty(3).
    package static var isTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    package func write(_ line: [UInt8]) {
        turn.withLock { _ in
            var rest = line[...]
            while !rest.isEmpty {
                let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if errno == EAGAIN || errno == EWOULDBLOCK {
                    guard waitUntilWritable() else { return }
                } else if errno != EINTR {
                    // Nobody reads any more: there is no place left to report that.
                    return
                }
            }
        }
    }

    /// For a descriptor that somebody made non-blocking: waits up to a second with poll(2).
    private func waitUntilWritable() -> Bool {
        var interest = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return unsafe poll(&interest, 1, 1000) > 0
    }
}
