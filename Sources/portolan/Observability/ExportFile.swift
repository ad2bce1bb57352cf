import FoundationEssentials
import Glibc

/// A file that appears at its place when it is complete, and leaves nothing behind before that.
final class ExportFile {
    private let path: String
    private let partial: String
    private var descriptor: Int32
    private var waiting: [UInt8] = []

    /// - Throws: ``CommandFailure`` when something lies at `path`, or the folder cannot be written.
    init(_ path: String) throws(CommandFailure) {
        self.path = path
        partial = "\(path).\(UUID().uuidString.prefix(8).lowercased()).part"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(.usage, "The file \(path) is there already.", hint: "Give another name.")
        }
        descriptor = unsafe open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw CommandFailure(.failed, "The file \(path) cannot be written (errno \(errno)).") }
    }

    deinit {
        close(descriptor)
        _ = unsafe unlink(partial)
    }

    /// Adds `text`.
    func write(_ text: String) throws(CommandFailure) { try write(Array(text.utf8)) }

    /// Adds `bytes`.
    func write(_ bytes: [UInt8]) throws(CommandFailure) {
        waiting += bytes
        if waiting.count > 1 << 18 { try flush() }
    }

    /// Puts the file at its place, once it is on the disk.
    func publish() throws(CommandFailure) {
        try flush()
        // Not rename: a file that came meanwhile is not replaced.
        guard fsync(descriptor) == 0, unsafe link(partial, path) == 0 else {
            throw CommandFailure(.failed, "The file \(path) cannot be made (errno \(errno)).")
        }
    }

    private func flush() throws(CommandFailure) {
        var rest = waiting[...]
        while !rest.isEmpty {
            let written = unsafe rest.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0, errno == EINTR { continue }
            guard written > 0 else { throw CommandFailure(.failed, "The file \(path) cannot be written (errno \(errno)).") }
            rest = rest.dropFirst(written)
        }
        waiting = []
    }
}
