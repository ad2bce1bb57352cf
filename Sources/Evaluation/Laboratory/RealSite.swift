import EmbeddedServices
import FoundationEssentials
import TestSupport

/// A packed documentation site of the test data, served on loopback.
struct RealSite: Sendable {
    /// Name of the set, which is also the folder in its archive.
    let name: String

    /// Serves the site while `body` runs, which gets its address with a slash at the end.
    ///
    /// - Parameters:
    ///   - data: the folder of the test data.
    ///   - state: where the archive is unpacked, once.
    func serve<Result>(data: String, state: String, _ body: (String) async throws -> Result) async throws -> Result {
        let folder = "\(state)/sites"
        if !FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            try await ChildProcess.run("/bin/tar", arguments: ["-xJf", "\(data)/docs/\(name)-html.tar.xz", "-C", folder])
        }
        let site = StaticSite(folder: "\(folder)/\(name)")
        return try await LoopbackHTTPServer.withServer {
            site.respond(to: $0)
        } body: { server in
            try await body(server.url + "/")
        }
    }
}
