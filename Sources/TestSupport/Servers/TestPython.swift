import EmbeddedServices
import FoundationEssentials

/// The Python of `deploy/setup`, with the programs and libraries that tests compare with.
package enum TestPython {
    /// Its path.
    /// - Throws: ``EmbeddedServicesError`` when `deploy/setup` has not made it.
    package static func path() throws -> String {
        let found = Executables.toolFolders().map { "\($0)/venv/bin/python" }.first { FileManager.default.isExecutableFile(atPath: $0) }
        guard let found else { throw EmbeddedServicesError(.missing, "The Python environment is not installed; run deploy/setup") }
        return found
    }

    /// Runs it to its end, without the settings of this process.
    /// - Returns: What it printed.
    /// - Throws: When it fails, with what it said, or takes longer than `limit`.
    package static func run(_ arguments: [String], within limit: Duration = .seconds(120)) async throws -> String {
        try await ChildProcess.run(
            path(), arguments: ["-B"] + arguments, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"], limit: limit)
    }
}
