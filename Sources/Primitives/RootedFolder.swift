import Glibc

/// A folder and what lies below it. Every name is opened relative to the folder above it and no link is followed, so that nothing outside
/// can be reached. All calls block for the disk.
public final class RootedFolder: Sendable {
    /// Something in a folder.
    public struct Entry: Sendable, Hashable {
        /// What it is.
        public enum Kind: Sendable, Hashable {
            case file, folder, other
        }

        /// Its own name, without folders; invalid UTF-8 is repaired, and such a name cannot be opened.
        public let name: String
        public let kind: Kind
        /// Size in bytes.
        public let bytes: Int64
        /// Nanoseconds since 1970 of the last change of the content.
        public let modified: Int64
        /// Of the last change of content, name or rights.
        public let changed: Int64
    }

    /// A system call that failed.
    public struct Failure: Error, Sendable, Hashable, CustomStringConvertible {
        /// The call.
        public let call: String
        /// What `errno` said.
        public let number: Int32

        init(call: String, number: Int32) { (self.call, self.number) = (call, number) }

        /// Whether the file or a folder on its way does not exist.
        public var isMissing: Bool { number == ENOENT || number == ENOTDIR }
        public var description: String { "\(call) failed (errno \(number))" }
    }

    let root: Int32

    /// Opens the folder at `path`.
    ///
    /// - Parameters:
    ///   - makes: whether it is made when it is missing, with the folders above it.
    ///   - followsLink: whether its own name may be a link.
    public init(_ path: String, makes: Bool = false, followsLink: Bool = true) throws(Failure) {
        if makes { try Self.make(path) }
        root = unsafe open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (followsLink ? 0 : O_NOFOLLOW))
        guard root >= 0 else { throw Failure(call: "open", number: errno) }
    }

    deinit { close(root) }

    /// Takes the folder for this process alone, until the value goes away. False when another process has it.
    public func lock() -> Bool { flock(root, LOCK_EX | LOCK_NB) == 0 }

    /// What is in the folder at `path`, sorted by name.
    public func entries(_ path: [String] = []) throws(Failure) -> [Entry] {
        let folder = try descriptor(path[...], makes: false)
        guard let stream = unsafe fdopendir(folder) else {
            close(folder)
            throw Failure(call: "fdopendir", number: errno)
        }
        defer { unsafe closedir(stream) }
        var found: [Entry] = []
        while let item = unsafe readdir(stream) {
            let name = unsafe withUnsafePointer(to: &item.pointee.d_name) {
                unsafe $0.withMemoryRebound(to: CChar.self, capacity: 256) { unsafe String(cString: $0) }
            }
            if name == "." || name == ".." { continue }
            if let entry = try? Self.entry(name, in: folder) { found.append(entry) }
        }
        return found.sorted { $0.name < $1.name }
    }

    /// What is at `path`; nil when there is nothing.
    public func entry(_ path: [String]) throws(Failure) -> Entry? {
        guard let last = path.last else { return nil }
        do throws(Failure) {
            return try with(path.dropLast()) { folder throws(Failure) in try Self.entry(last, in: folder) }
        } catch {
            if error.isMissing { return nil }
            throw error
        }
    }

    /// The content of a file.
    ///
    /// - Parameter limit: longest content in bytes; nil comes back for more.
    public func read(_ path: [String], limit: Int) throws(Failure) -> [UInt8]? {
        guard let last = path.last else { throw Failure(call: "open", number: EISDIR) }
        return try with(path.dropLast()) { folder throws(Failure) in
            let file = unsafe openat(folder, last, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            guard file >= 0 else { throw Failure(call: "open", number: errno) }
            defer { close(file) }
            return try Self.read(file, limit: limit)
        }
    }

    /// Replaces a file as a whole, with the folders on its way: it is there with all its bytes and on the disk, or as it was.
    ///
    /// - Parameters:
    ///   - next: gives the bytes part by part; empty at the end.
    ///   - beforeRename: called when the bytes are on the disk under another name.
    public func replace(
        _ path: [String], next: () throws -> [UInt8], beforeRename: () throws -> Void = {}
    ) throws {
        guard let last = path.last else { throw Failure(call: "open", number: EISDIR) }
        let folder = try descriptor(path.dropLast(), makes: true)
        defer { close(folder) }
        let temporary = ".\(UInt64.random(in: .min ... .max)).part"
        let file = unsafe openat(folder, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o640)
        guard file >= 0 else { throw Failure(call: "open", number: errno) }
        defer { close(file) }
        do {
            while true {
                let part = try next()
                if part.isEmpty { break }
                try Self.write(part, to: file)
            }
            guard fsync(file) == 0 else { throw Failure(call: "fsync", number: errno) }
            try beforeRename()
            guard unsafe renameat(folder, temporary, folder, last) == 0 else { throw Failure(call: "rename", number: errno) }
        } catch {
            _ = unsafe unlinkat(folder, temporary, 0)
            throw error
        }
        guard fsync(folder) == 0 else { throw Failure(call: "fsync", number: errno) }
    }

    /// Moves a file, in place of what is there.
    public func move(_ source: [String], to target: [String]) throws(Failure) {
        guard let from = source.last, let to = target.last else { throw Failure(call: "rename", number: EISDIR) }
        let old = try descriptor(source.dropLast(), makes: false)
        defer { close(old) }
        let new = try descriptor(target.dropLast(), makes: true)
        defer { close(new) }
        guard unsafe renameat(old, from, new, to) == 0 else { throw Failure(call: "rename", number: errno) }
        guard fsync(new) == 0, fsync(old) == 0 else { throw Failure(call: "fsync", number: errno) }
    }

    /// Removes a file. False when there is none.
    public func remove(_ path: [String]) throws(Failure) -> Bool {
        guard let last = path.last else { throw Failure(call: "unlink", number: EISDIR) }
        do throws(Failure) {
            try with(path.dropLast()) { folder throws(Failure) in
                guard unsafe unlinkat(folder, last, 0) == 0 else { throw Failure(call: "unlink", number: errno) }
                guard fsync(folder) == 0 else { throw Failure(call: "fsync", number: errno) }
            }
            return true
        } catch {
            if error.isMissing { return false }
            throw error
        }
    }

    // MARK: Descriptors

    private func with<Result>(_ path: ArraySlice<String>, _ body: (Int32) throws(Failure) -> Result) throws(Failure) -> Result {
        let folder = try descriptor(path, makes: false)
        defer { close(folder) }
        return try body(folder)
    }

    /// A descriptor of the folder at `path`, which the caller closes.
    func descriptor(_ path: ArraySlice<String>, makes: Bool) throws(Failure) -> Int32 {
        var current = unsafe openat(root, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard current >= 0 else { throw Failure(call: "open", number: errno) }
        for name in path {
            if makes, unsafe mkdirat(current, name, 0o750) != 0, errno != EEXIST {
                defer { close(current) }
                throw Failure(call: "mkdir", number: errno)
            }
            let next = unsafe openat(current, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
            let number = errno
            close(current)
            guard next >= 0 else { throw Failure(call: "open", number: number) }
            current = next
        }
        return current
    }

    private static func entry(_ name: String, in folder: Int32) throws(Failure) -> Entry {
        var status = stat()
        guard unsafe fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) == 0 else { throw Failure(call: "stat", number: errno) }
        let kind: Entry.Kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .file
            case S_IFDIR: .folder
            default: .other
            }
        func nanoseconds(_ time: timespec) -> Int64 { Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec) }
        return Entry(
            name: name, kind: kind, bytes: Int64(status.st_size), modified: nanoseconds(status.st_mtim),
            changed: nanoseconds(status.st_ctim))
    }

    private static func read(_ file: Int32, limit: Int) throws(Failure) -> [UInt8]? {
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw Failure(call: "stat", number: errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Failure(call: "open", number: EINVAL) }
        guard Int(status.st_size) <= limit else { return nil }
        var content: [UInt8] = []
        // One more byte than there should be: a file that grows meanwhile is noticed.
        while content.count <= limit {
            let part = min(limit + 1 - content.count, max(1 << 16, Int(status.st_size) + 1))
            var failure: Int32 = 0
            let bytes = unsafe [UInt8](unsafeUninitializedCapacity: part) { buffer, count in
                let got = unsafe Glibc.read(file, buffer.baseAddress, part)
                if got < 0 { failure = errno }
                count = max(got, 0)
            }
            guard failure == 0 else { throw Failure(call: "read", number: failure) }
            if bytes.isEmpty { return content }
            content += bytes
        }
        return nil
    }

    private static func write(_ bytes: [UInt8], to file: Int32) throws(Failure) {
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(file, $0.baseAddress?.advanced(by: written), $0.count - written) }
            if count > 0 {
                written += count
            } else if count == 0 || errno != EINTR {
                throw Failure(call: "write", number: count == 0 ? EIO : errno)
            }
        }
    }

    private static func make(_ path: String) throws(Failure) {
        var made = path.hasPrefix("/") ? "" : "."
        for name in path.split(separator: "/") {
            made += "/" + name
            if unsafe mkdir(made, 0o750) != 0, errno != EEXIST { throw Failure(call: "mkdir", number: errno) }
        }
    }
}
