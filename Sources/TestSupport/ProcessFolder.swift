import FoundationEssentials
import Glibc
import Primitives

/// The folder of everything that this test process writes. It is removed when the process exits; after a crash the next process removes it.
final class ProcessFolder: Sendable {
    private static let prefix = "portolan-tests-"
    private static let current = Locked<ProcessFolder?>(nil)

    /// Absolute path, short because Unix sockets below it have at most 107 bytes for theirs; any user can enter it.
    let path: String
    // Held for the life of the process: a folder whose lock is free belongs to a process that is gone.
    private let lock: Int32

    /// The folder of this process, made on first use.
    static func shared() throws -> ProcessFolder {
        try current.withLock { folder in
            if let folder { return folder }
            let new = try ProcessFolder()
            folder = new
            atexit {
                if let folder = ProcessFolder.current.withLock(\.self) { try? FileManager.default.removeItem(atPath: folder.path) }
            }
            return new
        }
    }

    private init() throws {
        Self.removeAbandoned()
        let name = UUID().uuidString.prefix(8).lowercased()
        // Locked before it gets its name, so that no other process ever finds it without an owner.
        let draft = "/tmp/portolan-draft-\(name)"
        path = "/tmp/\(Self.prefix)\(name)"
        try FileManager.default.createDirectory(atPath: draft, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        lock = unsafe open("\(draft)/owner", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        _ = flock(lock, LOCK_EX | LOCK_NB)
        try FileManager.default.moveItem(atPath: draft, toPath: path)
    }

    private static func removeAbandoned() {
        for name in (try? FileManager.default.contentsOfDirectory(atPath: "/tmp")) ?? [] where name.hasPrefix(prefix) {
            let descriptor = unsafe open("/tmp/\(name)/owner", O_RDWR | O_CLOEXEC)
            guard descriptor >= 0 else { continue }
            defer { close(descriptor) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: "/tmp/\(name)") }
        }
    }
}
