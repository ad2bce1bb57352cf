import Digests
import EmbeddedServices
import FoundationEssentials
import Glibc
import Primitives

/// The folder of an embedded stack: data of its servers, logs, token, and what clients need to know.
package struct StateDirectory: Sendable {
    /// Absolute path.
    package let path: String

    /// The default: `.portolan` in the current folder; for root, whose Postgres runs as another account, `/var/lib/portolan`.
    package static var standard: String {
        geteuid() == 0 ? "/var/lib/portolan" : FileManager.default.currentDirectoryPath + "/.portolan"
    }

    /// - Parameter path: nil for the default.
    package init(_ path: String?) {
        let path = path ?? Self.standard
        self.path = path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }

    package var postgres: String { path + "/postgres" }
    package var redis: String { path + "/redis" }
    package var storage: String { path + "/storage" }
    package var work: String { path + "/work" }
    package var logs: String { path + "/logs" }
    package var token: String { path + "/token" }
    package var clientEnvironment: String { path + "/client.env" }
    package var ports: String { path + "/ports.json" }
    package var processIdentifier: String { path + "/up.pid" }

    /// Makes the folders. The state folder can be entered by the account of Postgres; what is secret in it has mode 600.
    func prepare() throws {
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        _ = unsafe chmod(path, 0o755)
        _ = unsafe chmod(logs, 0o700)
    }

    /// Replaces a file as a whole, readable by its owner only.
    func write(_ text: String, to file: String) throws {
        let temporary = file + ".part"
        let descriptor = unsafe open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StartFailure("The file \(temporary) cannot be written.") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let written = unsafe bytes.withUnsafeBytes { unsafe Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count, fsync(descriptor) == 0, unsafe rename(temporary, file) == 0 else {
            throw StartFailure("The file \(file) cannot be written.")
        }
    }

    /// The token: that of the settings, or one made once and kept.
    func token(_ given: Redacted<String>?) throws -> Redacted<String> {
        if let given {
            try write(given.reveal() + "\n", to: token)
            return given
        }
        if let data = FileManager.default.contents(atPath: token) {
            let text = String(decoding: data, as: UTF8.self).trimmingWhitespace()
            if text.utf8.count >= 16 { return Redacted(text) }
        }
        let fresh = Authenticity.randomBytes(24).hexadecimal
        try write(fresh + "\n", to: token)
        return Redacted(fresh)
    }

    /// The process that runs the stack of this folder; nil when none does.
    package func owner() -> Int32? {
        guard let data = FileManager.default.contents(atPath: processIdentifier),
            let identifier = Int32(String(decoding: data, as: UTF8.self).trimmingWhitespace()), identifier > 1,
            kill(identifier, 0) == 0
        else { return nil }
        // The number may belong to somebody else by now.
        let command = FileManager.default.contents(atPath: "/proc/\(identifier)/cmdline").map { String(decoding: $0, as: UTF8.self) } ?? ""
        return command.split(separator: "\0").contains("up") ? identifier : nil
    }
}

/// Ports of a running stack, as `ports.json` tells them.
package struct StackPorts: Codable, Sendable, Hashable {
    package var process: Int32
    package var `public`: Int
    package var api_admin: Int
    package var worker_admin: Int
    package var scheduler_admin: Int
}
