import Digests
import Glibc

/// A file open for reading; closed with the last reference.
final class ReadOnlyFile: Sendable {
    /// The descriptor, for the length of this object's life.
    let descriptor: Int32
    private let path: String

    private static let blockSize = 1 << 20

    /// Whether something is at `path`.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Opens the regular file at `path`; throws `InferenceError` (`modelMissing`).
    init(path: String) throws(InferenceError) {
        // Without O_NONBLOCK a named pipe in the place of a model would hang the start.
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        self.path = path
        guard descriptor >= 0 else { throw InferenceError(.modelMissing, "\(path) cannot be opened (errno \(errno))") }
    }

    deinit { close(descriptor) }

    /// SHA-256 of the content in hexadecimal. Reads in blocks, so that no more than one is resident.
    func digest() throws(InferenceError) -> String {
        var digest = SHA256()
        try forEachBlock { digest.update($0) }
        return digest.finalize().hexadecimal
    }

    /// The whole content; throws `InferenceError` (`invalidModel`) when it is longer than `limit` bytes.
    func content(limit: Int) throws(InferenceError) -> [UInt8] {
        var content: [UInt8] = []
        try forEachBlock { block throws(InferenceError) in
            content += block
            guard content.count <= limit else { throw InferenceError(.invalidModel, "\(path) is longer than \(limit) bytes") }
        }
        return content
    }

    private func forEachBlock(_ body: ([UInt8]) throws(InferenceError) -> Void) throws(InferenceError) {
        var offset = 0
        var block = [UInt8](repeating: 0, count: Self.blockSize)
        while true {
            // The pointer lives for the call only; pread(2) writes at most the bytes it is given.
            let count = unsafe block.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, offset) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw InferenceError(.modelMissing, "\(path) cannot be read (errno \(errno))") }
            if count == 0 { return }
            try body(count == block.count ? block : Array(block[..<count]))
            offset += count
        }
    }
}
