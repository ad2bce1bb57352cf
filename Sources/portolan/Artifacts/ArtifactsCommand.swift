import ArgumentParser
import Composition
import FoundationEssentials

/// `portolan artifacts`.
struct ArtifactsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "artifacts", abstract: "Plan which archives and ontologies are kept, and take them in: for operators.",
        discussion: """
            A file of sources says what is wanted, a lockfile where and in which state it was found. These commands use the database and the \
            storage of the settings, or those of the local stack that runs, and not the API. They exit with 0 ok, 1 failed, 2 usage, \
            3 unreachable, 4 refused.
            """,
        subcommands: [
            ArtifactsInitCommand.self, ArtifactsPlanCommand.self, ArtifactsPlanDiffCommand.self, ArtifactsPullCommand.self,
            ArtifactsShowCommand.self, ArtifactsValidateCommand.self, ArtifactsDoctorCommand.self, ArtifactsPruneCommand.self,
        ])
}

/// Where the files of sources and plans are.
struct ArtifactFiles: ParsableArguments {
    @Option(help: ArgumentHelp("File of sources.", valueName: "file"))
    var sources = ArtifactSourcesFile.name

    @Option(help: ArgumentHelp("Lockfile.", valueName: "file"))
    var lock = ArtifactSourcesFile.lockName
}

/// How servers are asked.
struct ProbeOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Ask these hosts only, comma-separated; *.example.org for all below it.", valueName: "hosts"))
    var allowedHosts: String?

    @Option(help: ArgumentHelp("Servers asked at a time.", valueName: "n"))
    var concurrentPlans = 4

    func validate() throws { try ArgumentCheck.range(concurrentPlans, 1...32, "--concurrent-plans") }

    /// The hosts one by one.
    var hosts: [String] { Self.hosts(allowedHosts) }

    static func hosts(_ text: String?) -> [String] {
        (text ?? "").split(separator: ",").map { PlainText.trimmed(String($0)) }.filter { !$0.isEmpty }
    }
}

extension DatabaseSession {
    /// Writes a file as a whole or not at all.
    func write(_ text: String, to path: String) throws {
        let path = absolute(path)
        do {
            try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "The file \(path) cannot be written.", hint: "Check the folder and its rights.")
        }
    }
}
