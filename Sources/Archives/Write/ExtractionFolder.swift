import CArchive
import Domain
import FoundationEssentials
import Glibc

/// A folder in the making. Everything is opened relative to the folder above and follows no link; the name that others see appears at the
/// end, when all of it is on the disk.
@safe final class ExtractionFolder {
    private let parentPath: String
    private let parent: Int32
    private let name: String
    private let temporary: String
    private let root: Int32
    /// The folders that are open, from the root's first level down: files of one folder come one after the other.
    private var open: [(name: String, descriptor: Int32)] = []
    private var isDone = false

    /// Makes `.NAME.part` in `path`.
    ///
    /// - Throws: ``Domain/Fault``: `E_OVERWRITE_ROOT` when `name` is there already.
    init(in path: String, name: String) throws(Fault) {
        let parent = unsafe Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard parent >= 0 else { throw .disk("open", errno) }
        let temporary = ".\(name).part"
        var status = stat()
        guard unsafe fstatat(parent, name, &status, AT_SYMLINK_NOFOLLOW) != 0 else {
            close(parent)
            throw .archive(.taken, "The folder of the archive is there already.")
        }
        guard unsafe mkdirat(parent, temporary, 0o700) == 0 else {
            defer { close(parent) }
            throw .disk("mkdir", errno)
        }
        let root = unsafe openat(parent, temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard root >= 0 else {
            defer { close(parent) }
            throw .disk("open", errno)
        }
        (parentPath, self.parent, self.name, self.temporary, self.root) = (path, parent, name, temporary, root)
    }

    deinit {
        closeFolders(to: 0)
        close(root)
        if !isDone { try? FileManager.default.removeItem(atPath: parentPath + "/" + temporary) }
        close(parent)
    }

    /// Bytes that the disk has left.
    var freeBytes: Int64 {
        var status = statvfs()
        guard unsafe fstatvfs(root, &status) == 0 else { return .max }
        return Int64(clamping: UInt64(status.f_bavail).multipliedReportingOverflow(by: UInt64(status.f_frsize)).partialValue)
    }

    /// Makes the folder at `segments`, and those above it.
    func makeFolder(_ segments: [String]) throws(Fault) { _ = try folder(segments[...]) }

    /// Makes a file that must not be there, and its folders. The caller closes it.
    func makeFile(_ segments: [String]) throws(Fault) -> Int32 {
        guard let last = segments.last else { throw .disk("open", EISDIR) }
        let folder = try folder(segments.dropLast())
        let file = unsafe openat(folder, last, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw .disk("open", errno) }
        return file
    }

    /// Writes all of `bytes`.
    static func write(_ bytes: RawSpan, to file: Int32) throws(Fault) {
        var failure: Int32 = 0
        unsafe bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = unsafe Glibc.write(file, buffer.baseAddress?.advanced(by: written), buffer.count - written)
                if count > 0 {
                    written += count
                } else if count == 0 || errno != EINTR {
                    failure = count == 0 ? EIO : errno
                    return
                }
            }
        }
        if failure != 0 { throw .disk("write", failure) }
    }

    /// Gives the folder its name, after all of it has reached the disk.
    func commit() throws(Fault) {
        closeFolders(to: 0)
        // One barrier for thousands of small files instead of one for each: nobody sees any of them before the folder has its name.
        guard syncfs(root) == 0 else { throw .disk("syncfs", errno) }
        guard unsafe renameat(parent, temporary, parent, name) == 0 else { throw .disk("rename", errno) }
        isDone = true
        guard fsync(parent) == 0 else { throw .disk("fsync", errno) }
    }

    private func folder(_ segments: ArraySlice<String>) throws(Fault) -> Int32 {
        let common = zip(open, segments).prefix { $0.0.name == $0.1 }.count
        closeFolders(to: common)
        for segment in segments.dropFirst(common) {
            let above = open.last?.descriptor ?? root
            if unsafe mkdirat(above, segment, 0o700) != 0, errno != EEXIST { throw .disk("mkdir", errno) }
            let descriptor = unsafe openat(above, segment, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            guard descriptor >= 0 else { throw .disk("open", errno) }
            open.append((segment, descriptor))
        }
        return open.last?.descriptor ?? root
    }

    private func closeFolders(to count: Int) {
        while open.count > count { close(open.removeLast().descriptor) }
    }
}
