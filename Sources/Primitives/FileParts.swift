import Glibc

/// The bytes of a file in parts of up to 1 MiB. Blocks for the disk; follows no link in the last name.
public final class FileParts {
    private let file: Int32

    /// Opens the file at `path`.
    public init(_ path: String) throws(RootedFolder.Failure) {
        file = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard file >= 0 else { throw RootedFolder.Failure(call: "open", number: errno) }
    }

    deinit { close(file) }

    /// The next part; empty at the end.
    public func next() throws(RootedFolder.Failure) -> [UInt8] {
        while true {
            var failure: Int32 = 0
            let part = unsafe [UInt8](unsafeUninitializedCapacity: 1 << 20) { buffer, count in
                let got = unsafe read(file, buffer.baseAddress, 1 << 20)
                if got < 0 { failure = errno }
                count = max(got, 0)
            }
            if failure == 0 { return part }
            guard failure == EINTR else { throw RootedFolder.Failure(call: "read", number: failure) }
        }
    }
}
