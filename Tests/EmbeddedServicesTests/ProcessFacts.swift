import FoundationEssentials
import Glibc

/// What `/proc` and the file system say about a process or file.
enum ProcessFacts {
    /// The user that a process runs as.
    static func user(of identifier: Int32) -> Int? {
        let status = FileManager.default.contents(atPath: "/proc/\(identifier)/status").map { String(decoding: $0, as: UTF8.self) } ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Uid:") }
        return line?.split(separator: "\t").dropFirst().first.flatMap { Int($0) }
    }

    /// Whether the process exists and is not a zombie.
    static func isAlive(_ identifier: Int32) -> Bool {
        let stat = FileManager.default.contents(atPath: "/proc/\(identifier)/stat").map { String(decoding: $0, as: UTF8.self) } ?? ""
        guard let state = stat.split(separator: ")").last?.split(separator: " ").first else { return false }
        return state != "Z" && state != "X"
    }

    /// The permission bits of a file.
    static func mode(of path: String) -> UInt32? {
        var status = stat()
        return unsafe stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
    }
}
