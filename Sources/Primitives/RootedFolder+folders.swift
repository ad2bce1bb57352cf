import FoundationEssentials
import Glibc

extension RootedFolder {
    /// Takes over the folder at `source`, as a whole, under a name that must not be there.
    ///
    /// - Parameters:
    ///   - source: absolute path of a folder whose files are on the disk already.
    ///   - beforeRename: called right before the folder gets its place.
    /// - Returns: false when the folder lies on another disk, or when there is something at `path`; nothing has changed then.
    public func adopt(_ source: String, at path: [String], beforeRename: () throws -> Void = {}) throws -> Bool {
        guard let last = path.last else { throw Failure(call: "rename", number: EISDIR) }
        let folder = try descriptor(path.dropLast(), makes: true)
        defer { close(folder) }
        try beforeRename()
        // An empty folder would be replaced, which is as good as none.
        guard unsafe renameat(AT_FDCWD, source, folder, last) == 0 else {
            guard [EXDEV, ENOTEMPTY, EEXIST, ENOTDIR].contains(errno) else { throw Failure(call: "rename", number: errno) }
            return false
        }
        guard fsync(folder) == 0 else { throw Failure(call: "fsync", number: errno) }
        return true
    }

    /// Removes a folder with all that is in it: out of sight at once, then file by file. False when there is none.
    public func removeFolder(_ path: [String]) throws(Failure) -> Bool {
        guard let last = path.last else { throw Failure(call: "rename", number: EISDIR) }
        let folder: Int32
        do throws(Failure) {
            folder = try descriptor(path.dropLast(), makes: false)
        } catch {
            if error.isMissing { return false }
            throw error
        }
        defer { close(folder) }
        let temporary = ".\(UInt64.random(in: .min ... .max)).part"
        guard unsafe renameat(folder, last, folder, temporary) == 0 else {
            if errno == ENOENT { return false }
            throw Failure(call: "rename", number: errno)
        }
        guard fsync(folder) == 0 else { throw Failure(call: "fsync", number: errno) }
        try Self.empty(temporary, in: folder)
        return true
    }

    /// Removes what was left by writers that ended before they gave their file its name, everywhere below the folder.
    ///
    /// - Parameter moment: nanoseconds since 1970; what was changed later stays.
    public func sweep(before moment: Int64, _ path: [String] = []) throws(Failure) {
        for entry in try entries(path) {
            let isTemporary = entry.name.hasPrefix(".") && entry.name.hasSuffix(".part")
            if isTemporary, entry.changed < moment {
                let folder = try descriptor(path[...], makes: false)
                defer { close(folder) }
                if entry.kind == .folder {
                    try Self.empty(entry.name, in: folder)
                } else {
                    _ = unsafe unlinkat(folder, entry.name, 0)
                }
            } else if entry.kind == .folder, !entry.name.hasPrefix(".") {
                try sweep(before: moment, path + [entry.name])
            }
        }
    }

    /// Removes the folder `name` and everything in it.
    private static func empty(_ name: String, in folder: Int32) throws(Failure) {
        let opened = unsafe openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        guard opened >= 0 else { throw Failure(call: "open", number: errno) }
        defer { close(opened) }
        let path = "/proc/self/fd/\(opened)"
        for item in (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [] {
            try? FileManager.default.removeItem(atPath: path + "/" + item)
        }
        guard unsafe unlinkat(folder, name, AT_REMOVEDIR) == 0 || errno == ENOENT else { throw Failure(call: "unlink", number: errno) }
    }
}
