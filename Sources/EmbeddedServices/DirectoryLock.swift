import Glibc

/// The exclusive right to run servers in a directory, held until the value goes away or this process ends in any way.
///
/// It tells a server that survived the crash of its owner (lock free, server alive: end it) from one that is in use (lock taken).
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Throws: code `inUse` when another process holds it.
    init(_ path: String) throws(EmbeddedServicesError) {
        // Closed on exec: a child that inherited it would keep the lock after the owner's death.
        let descriptor = try FileSystem.open(path, O_RDWR | O_CREAT)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            let number = errno
            close(descriptor)
            guard number == EWOULDBLOCK else { throw .system("flock", number, path: path) }
            throw EmbeddedServicesError(.inUse, "another process runs the services of this directory", detail: path)
        }
        self.descriptor = descriptor
    }

    deinit {
        // Closing alone is not enough: a child of this process that was forked but has not called exec yet shares the lock.
        flock(descriptor, LOCK_UN)
        close(descriptor)
    }
}
