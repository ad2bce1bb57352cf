import FoundationEssentials
import Glibc

/// The folder of a server's Unix socket: mode 700, and short enough for the address.
struct SocketFolder: Sendable {
    /// Bytes that fit into a `sockaddr_un` besides its final zero, see unix(7).
    static let longestAddress = 107

    /// Absolute path.
    let path: String
    /// Whether it lies apart from the server's directory and has to be removed with the server.
    private let isSeparate: Bool
    private let owner: UserAccount

    /// `directory` itself when a socket called `name` fits there, otherwise a new folder under /tmp.
    init(for name: String, in directory: String, owner: UserAccount) throws {
        self.owner = owner
        if directory.utf8.count + 1 + name.utf8.count <= Self.longestAddress {
            (path, isSeparate) = (directory, false)
            return
        }
        var template = Array("/tmp/portolan-XXXXXX".utf8CString)
        let made = unsafe template.withUnsafeMutableBufferPointer { buffer in
            unsafe buffer.baseAddress.flatMap { unsafe mkdtemp($0) }.map { unsafe String(cString: $0) }
        }
        guard let made else { throw EmbeddedServicesError.system("mkdtemp", errno) }
        if owner != .current { try FileSystem.give(made, to: owner) }
        (path, isSeparate) = (made, true)
    }

    /// Makes a folder of its own again after ``remove()``.
    func restore() throws {
        if isSeparate { try FileSystem.makePrivateFolder(path, owner: owner) }
    }

    /// Removes a folder of its own; the server must have ended.
    func remove() {
        if isSeparate { try? FileManager.default.removeItem(atPath: path) }
    }
}
