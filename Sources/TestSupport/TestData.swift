import EmbeddedServices
import FoundationEssentials

/// The folder of large test data (documentation sets, golden files) that is not part of the repository.
package enum TestData {
    /// `PORTOLAN_TEST_DATA`, else `shared/data` beside the package's folder; nil when there is none.
    package static let directory: String? = {
        if let path = ProcessInfo.processInfo.environment["PORTOLAN_TEST_DATA"], !path.isEmpty { return path }
        let path = packageDirectory.split(separator: "/").dropLast().map { "/\($0)" }.joined() + "/shared/data"
        return FileManager.default.fileExists(atPath: path) ? path : nil
    }()

    /// The documentation of git that `deploy/setup` installs, a website of some hundred pages: for tests without ``directory``.
    package static let installedDocumentation: String? =
        Executables.toolFolders().map { "\($0)/documentation" }.first { FileManager.default.fileExists(atPath: "\($0)/index.html") }

    /// The folder of `Package.swift`.
    package static let packageDirectory = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
}
