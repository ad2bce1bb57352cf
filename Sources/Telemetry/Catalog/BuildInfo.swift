/// What runs: shown by `/version`, the build metric and the first log line.
package struct BuildInfo: Sendable, Hashable, Codable {
    /// The product's version, such as `0.1.0`.
    package let version: String
    /// The source revision, or `unknown`.
    package let revision: String
    /// The role of the process: `api`, `worker`, `scheduler` and so on.
    package let role: String

    /// - Parameters:
    ///   - version: the product's version.
    ///   - revision: the source revision; `unknown` when the build does not know it.
    ///   - role: the role of the process.
    package init(version: String, revision: String = "unknown", role: String) {
        (self.version, self.revision, self.role) = (version, revision, role)
    }
}
