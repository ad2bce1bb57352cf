import FoundationEssentials
import Glibc

/// The few file operations that FoundationEssentials lacks. All block for the disk.
enum FileSystem {
    /// Opens `path` with `flags`, closed on exec, mode 600 for a new file.
    static func open(_ path: String, _ flags: Int32) throws(EmbeddedServicesError) -> Int32 {
        let descriptor = unsafe Glibc.open(path, flags | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .system("open", errno, path: path) }
        return descriptor
    }

    /// All bytes of an open file from its beginning.
    static func contents(ofDescriptor descriptor: Int32) throws(EmbeddedServicesError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = unsafe pread(descriptor, &chunk, chunk.count, bytes.count)
            guard count >= 0 else { throw .system("pread", errno) }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
        }
    }

    /// Where a symbolic link points, or nil.
    static func linkTarget(_ path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    /// The absolute path without symbolic links; `path` itself when it does not exist.
    static func resolved(_ path: String) -> String {
        guard let resolved = unsafe realpath(path, nil) else { return path }
        defer { unsafe free(resolved) }
        return unsafe String(cString: resolved)
    }

    /// Makes `path` a folder that only `owner` can enter, with all its parents (mode 755).
    ///
    /// - Throws: code `permission` when `owner` cannot enter a parent, or when the folder belongs to somebody else.
    static func makePrivateFolder(_ path: String, owner: UserAccount) throws {
        if !FileManager.default.fileExists(atPath: path) {
            let parent = path.split(separator: "/").dropLast().joined(separator: "/")
            try FileManager.default.createDirectory(atPath: "/" + parent, withIntermediateDirectories: true)
            guard unsafe mkdir(path, 0o700) == 0 || errno == EEXIST else { throw EmbeddedServicesError.system("mkdir", errno, path: path) }
            if owner != .current { try give(path, to: owner) }
        }
        var status = stat()
        guard unsafe lstat(path, &status) == 0 else { throw EmbeddedServicesError.system("lstat", errno, path: path) }
        guard status.st_mode & S_IFMT == S_IFDIR, status.st_uid == owner.user || UserAccount.current.isSuperuser else {
            throw EmbeddedServicesError(.permission, "a folder of the embedded services belongs to another user", detail: path)
        }
        if status.st_uid != owner.user { try give(path, to: owner) }
        guard unsafe chmod(path, 0o700) == 0 else { throw EmbeddedServicesError.system("chmod", errno, path: path) }
        try requireReachable(path, by: owner)
    }

    /// Changes the owner of one file or folder; only root can.
    static func give(_ path: String, to owner: UserAccount) throws(EmbeddedServicesError) {
        guard unsafe lchown(path, owner.user, owner.group) == 0 else { throw .system("chown", errno, path: path) }
    }

    /// Writes a file that only `owner` can read, by rename.
    static func writePrivate(_ text: String, to path: String, owner: UserAccount) throws {
        let temporary = path + ".new"
        let descriptor = try open(temporary, O_WRONLY | O_CREAT | O_TRUNC)
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        guard unsafe write(descriptor, bytes, bytes.count) == bytes.count else {
            throw EmbeddedServicesError.system("write", errno, path: temporary)
        }
        if owner != .current { try give(temporary, to: owner) }
        guard unsafe rename(temporary, path) == 0 else { throw EmbeddedServicesError.system("rename", errno, path: path) }
    }

    /// - Throws: code `permission` naming the first folder on the way to `path` that `account` cannot enter.
    static func requireReachable(_ path: String, by account: UserAccount) throws(EmbeddedServicesError) {
        guard !account.isSuperuser else { return }
        var folder = ""
        for part in path.split(separator: "/").dropLast() {
            folder += "/" + part
            var status = stat()
            guard unsafe stat(folder, &status) == 0 else { throw .system("stat", errno, path: folder) }
            let bit: UInt32 = status.st_uid == account.user ? 0o100 : status.st_gid == account.group ? 0o010 : 0o001
            guard status.st_mode & bit != 0 else {
                throw EmbeddedServicesError(
                    .permission, "the unprivileged account of the servers cannot enter a folder on the way to their files", detail: folder)
            }
        }
    }

    /// The last `limit` bytes of a text file, or an empty string.
    static func tail(_ path: String, limit: Int = 4096) -> String {
        guard let data = FileManager.default.contents(atPath: path) else { return "" }
        return String(decoding: data.suffix(limit), as: UTF8.self)
    }

    /// Moves a log over 8 MiB to `path.old`, replacing the one before it.
    static func rotate(_ path: String) throws(EmbeddedServicesError) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_size > 8 << 20 else { return }
        guard unsafe rename(path, path + ".old") == 0 else { throw .system("rename", errno, path: path) }
    }
}
