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

    /// Whether tests on the data run: where the data are, and where ``directory`` was promised to be, as by `.ci/run`. There a test without
    /// them fails instead of not being run.
    package static let isExpected = directory != nil || ProcessInfo.processInfo.environment["PORTOLAN_TEST_DATA_REQUIRED"] == "1"

    /// What a test on the data throws where they are missing.
    package struct Missing: Error, CustomStringConvertible {
        package let path: String
        package var description: String {
            "There is no \(path): put the test data beside the checkout, or name them in PORTOLAN_TEST_DATA."
        }
    }

    /// Absolute path of a file or folder of the data.
    ///
    /// - Parameter path: from ``directory``.
    /// - Throws: ``Missing``.
    package static func path(_ path: String) throws -> String {
        let found = "\(directory ?? "\(packageDirectory)/../shared/data")/\(path)"
        guard FileManager.default.fileExists(atPath: found) else { throw Missing(path: found) }
        return found
    }

    /// The documentation of git that `deploy/setup` installs, a website of some hundred pages: for tests without ``directory``.
    package static let installedDocumentation: String? =
        Executables.toolFolders().map { "\($0)/documentation" }.first { FileManager.default.fileExists(atPath: "\($0)/index.html") }

    /// The folder of `Package.swift`.
    package static let packageDirectory = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
}
