import EmbeddedServices
import FoundationEssentials
import TestSupport
import Testing

extension Acceptance {
    @Suite struct Agents {
        /// `Tests/Agents` starts a deployment of its own: the stack, a second replica of the api, and nginx in front of both.
        @Test(arguments: ["test_documents.py", "test_ingestion.py", "test_ingress.py", "test_reading.py"])
        func `the clients from PyPI are content, at a replica and behind nginx`(file: String) async throws {
            let output = try await Stack.pytest("Tests/Agents/\(file)")
            // A run that collects nothing ends well, too.
            #expect(output.contains(" passed") && !output.contains("skipped"), "\(output)")
        }
    }
}

extension Stack {
    /// Runs a file of tests with the Python of `deploy/setup` on the binary that this build made.
    static func pytest(_ file: String) async throws -> String {
        let folders = Executables.toolFolders()
        guard let tools = folders.first(where: { FileManager.default.fileExists(atPath: "\($0)/venv/bin/python") }) else {
            throw Unexpected("deploy/setup has made no Python environment")
        }
        var environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("PORTOLAN_") || $0.key.hasSuffix("_DIR") }
        environment["PORTOLAN_BINARY"] = PortolanBinary.path
        environment["PORTOLAN_TOOLS_DIR"] = tools
        return try await ChildProcess.run(
            "\(tools)/venv/bin/python",
            arguments: ["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider", "\(TestData.packageDirectory)/\(file)"],
            environment: environment, limit: .seconds(600))
    }
}
