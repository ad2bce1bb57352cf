package import EmbeddedServices
import FoundationEssentials

/// An authority of its own and certificates by it, made with the `openssl` command for one test. Costs some 20 ms each.
package struct TestCertificates: Sendable {
    /// A certificate and its key, PEM files.
    package struct Pair: Sendable {
        package let certificate: String
        package let key: String
    }

    /// The authority's certificate, a PEM file.
    package let authorityFile: String
    private let directory: String
    private let authorityKey: String

    /// Makes an authority in `directory`, which exists and which servers can enter.
    ///
    /// - Parameter name: told apart from other authorities in the same directory by it.
    package init(directory: String, name: String = "authority") async throws {
        self.directory = directory
        authorityFile = "\(directory)/\(name).pem"
        authorityKey = "\(directory)/\(name).key"
        try await Self.openssl(
            ["req", "-x509", "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout", authorityKey, "-out", authorityFile] + Self.curve)
    }

    /// A certificate of the authority.
    ///
    /// - Parameters:
    ///   - hosts: `DNS:name` and `IP:address` entries.
    ///   - days: how long it is valid; negative for one that has expired.
    ///   - owner: who may read the key; by default whom test servers run as.
    package func issue(_ name: String, for hosts: [String], days: Int = 2, owner: UserAccount? = nil) async throws -> Pair {
        let owner = try owner ?? UserAccount.unprivileged()
        let path = "\(directory)/\(name)"
        try await Self.openssl(["req", "-nodes", "-subj", "/CN=\(name)", "-keyout", path + ".key", "-out", path + ".csr"] + Self.curve)
        try Data("subjectAltName=\(hosts.joined(separator: ","))\n".utf8).write(to: URL(filePath: path + ".ext"))
        try await Self.openssl([
            "x509", "-req", "-in", path + ".csr", "-CA", authorityFile, "-CAkey", authorityKey, "-CAcreateserial", "-days", "\(days)",
            "-extfile", path + ".ext", "-out", path + ".pem",
        ])
        // Postgres refuses a key that others can read.
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600, .ownerAccountID: owner.user, .groupOwnerAccountID: owner.group], ofItemAtPath: path + ".key")
        return Pair(certificate: path + ".pem", key: path + ".key")
    }

    private static let curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]

    private static func openssl(_ arguments: [String]) async throws {
        try await ChildProcess.run("/usr/bin/openssl", arguments: arguments)
    }
}
