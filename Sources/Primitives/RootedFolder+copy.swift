import Glibc

extension RootedFolder {
    /// Copies the content of a file part by part into a new file outside of the folder, which has mode 600. Blocks for the disk.
    ///
    /// - Parameters:
    ///   - target: absolute path; nothing may lie there.
    ///   - isCancelled: asked between the parts; the copy ends with `CancellationError` when it says so.
    public func copy(_ path: [String], to target: String, isCancelled: () -> Bool = { false }) throws {
        guard let last = path.last else { throw Failure(call: "open", number: EISDIR) }
        let folder = try descriptor(path.dropLast(), makes: false)
        defer { close(folder) }
        let source = unsafe openat(folder, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard source >= 0 else { throw Failure(call: "open", number: errno) }
        defer { close(source) }
        let writer = try FileWriter(target)
        var buffer = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            if isCancelled() { throw CancellationError() }
            let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(source, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(call: "read", number: errno) }
            if count == 0 { return try writer.finish() }
            try writer.append(Array(buffer[..<count]))
        }
    }
}
