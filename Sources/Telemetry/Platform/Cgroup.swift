import FoundationEssentials

/// The cgroup v2 that the process runs in, as files.
enum Cgroup {
    /// The folder of the process's own cgroup; nil where there is none in the unified hierarchy.
    /// - Parameter proc: where proc(5) is mounted.
    static func own(_ proc: String = "/proc") -> String? {
        // cgroups(7): in the unified hierarchy the one line is 0::/path.
        guard let line = text("\(proc)/self/cgroup")?.split(separator: "\n").first(where: { $0.hasPrefix("0::/") }) else { return nil }
        let path = line.dropFirst(3)
        return path == "/" ? "/sys/fs/cgroup" : "/sys/fs/cgroup\(path)"
    }

    /// A file of a pseudo file system without the white space at its end; nil when it cannot be read.
    static func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        var bytes = Array(data)
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
