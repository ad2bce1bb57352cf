import Digests
import Domain
import Glibc

/// A file in memory, read only. The file must not become shorter while it is mapped: map private copies only.
@safe final class MappedFile {
    // Unmapped in deinit; nil for an empty file.
    private let base: UnsafeMutableRawPointer?
    /// Size in bytes.
    let count: Int

    /// - Throws: ``Domain/Fault`` when `path` is no plain file that can be read; a link is none.
    init(_ path: String) throws(Fault) {
        let descriptor = unsafe open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
        guard descriptor >= 0 else { throw .disk("open", errno) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .disk("fstat", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .archive(.corrupt, "The archive is no file.") }
        count = Int(status.st_size)
        guard count > 0 else {
            unsafe base = nil
            return
        }
        let address = unsafe mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address = unsafe address, unsafe address != MAP_FAILED else { throw .disk("mmap", errno) }
        unsafe base = address
    }

    deinit { if let base = unsafe base { _ = unsafe munmap(base, count) } }

    /// The bytes, for as long as the file is there.
    var bytes: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(start: base, count: count) }

    /// SHA-256 of the content, 32 bytes.
    func digest() -> [UInt8] {
        var digest = SHA256()
        unsafe digest.update(RawSpan(_unsafeBytes: bytes))
        return digest.finalize()
    }
}
