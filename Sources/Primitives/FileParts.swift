import Glibc

/// The bytes of a file in parts of up to 1 MiB. Blocks for the disk; follows no link in the last name. One task at a time reads.
public final class FileParts: Sendable {
    private let file: Int32

    /// Opens the file at `path`.
    public init(_ path: String) throws(RootedFolder.Failure) {
        file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw RootedFolder.Failure(call: "open", number: errno) }
    }

    deinit { close(file) }

    /// The next part; empty at the end.
    ///
    /// - Parameter limit: most bytes that are wanted, at least 1.
    public func next(limit: Int = 1 << 20) throws(RootedFolder.Failure) -> [UInt8] {
        let capacity = min(max(1, limit), 1 << 20)
        while true {
            var failure: Int32 = 0
            let part = unsafe [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
                let got = unsafe read(file, buffer.baseAddress, capacity)
                if got < 0 { failure = errno }
                count = max(got, 0)
            }
            if failure == 0 { return part }
            guard failure == EINTR else { throw RootedFolder.Failure(call: "read", number: failure) }
        }
    }
}
