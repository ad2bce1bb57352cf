import Glibc

/// A new file that is written from its beginning to its end. Blocks for the disk. One task at a time writes.
public final class FileWriter: Sendable {
    private let file: Int32

    /// Makes the file at `path`, mode 600; nothing may lie there.
    public init(_ path: String) throws(RootedFolder.Failure) {
        file = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw RootedFolder.Failure(call: "open", number: errno) }
    }

    deinit { close(file) }

    /// Appends all of `bytes`.
    public func append(_ bytes: [UInt8]) throws(RootedFolder.Failure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe write(file, $0.baseAddress?.advanced(by: written), $0.count - written) }
            guard count > 0 || errno == EINTR else { throw RootedFolder.Failure(call: "write", number: errno) }
            written += max(count, 0)
        }
    }

    /// Makes the file `bytes` longer with zeros, without writing them.
    public func skip(_ bytes: Int) throws(RootedFolder.Failure) {
        let end = lseek(file, 0, SEEK_END)
        guard end >= 0, ftruncate(file, end + bytes) == 0, lseek(file, 0, SEEK_END) >= 0 else {
            throw RootedFolder.Failure(call: "ftruncate", number: errno)
        }
    }

    /// Waits until all of it is on the disk.
    public func finish() throws(RootedFolder.Failure) {
        guard fsync(file) == 0 else { throw RootedFolder.Failure(call: "fsync", number: errno) }
    }
}
