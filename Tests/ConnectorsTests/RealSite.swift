import EmbeddedServices

/// A packed site of the test data.
enum RealSite {
    /// Unpacks `archive` below `folder`.
    static func unpack(_ archive: String, into folder: String) async throws {
        try await ChildProcess.run("/bin/tar", arguments: ["-xJf", archive, "-C", folder])
    }
}
