import FoundationEssentials

/// Runs `body` with the path of a new, empty folder that any user can enter, and removes it afterwards, also when `body` throws; when the
/// process crashes, the next test process removes it. Short enough for Unix sockets below it.
package func withTemporaryDirectory<Result>(_ body: (String) async throws -> Result) async throws -> Result {
    let path = try ProcessFolder.shared().path + "/" + UUID().uuidString.prefix(13).lowercased()
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try await body(path)
}
