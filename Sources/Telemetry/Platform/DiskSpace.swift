import Glibc

/// Room on a file system.
package struct DiskSpace: Sendable, Hashable {
    /// For users without privileges: what the file system keeps for the administrator does not count.
    package let freeBytes: Double
    package let sizeBytes: Double

    /// Asks statvfs(3); nil when there is nothing at `path` or it cannot be asked.
    package init?(path: String) {
        var status = statvfs()
        guard unsafe statvfs(path, &status) == 0, status.f_blocks > 0 else { return nil }
        let block = Double(status.f_frsize)
        (freeBytes, sizeBytes) = (Double(status.f_bavail) * block, Double(status.f_blocks) * block)
    }
}
