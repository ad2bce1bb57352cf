import ArgumentParser
import Composition
import FoundationEssentials

/// `portolan artifacts init`.
struct ArtifactsInitCommand: ContextCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a file of sources with an example and explanations.")

    @Argument(help: ArgumentHelp("The file to write.", valueName: "file"))
    var file = ArtifactSourcesFile.name

    @Flag(help: "Overwrite a file that is there.")
    var force = false

    @OptionGroup var options: DatabaseOptions

    /// What was written, as JSON.
    struct Report: Encodable { let file: String }

    func run(in context: CommandContext) async throws {
        let path = file.hasPrefix("/") ? file : "\(context.workingDirectory)/\(file)"
        guard force || !FileManager.default.fileExists(atPath: path) else {
            throw CommandFailure(.refused, "There is a file \(path) already.", hint: "--force overwrites it.")
        }
        do {
            try Data(ArtifactSourcesFile.example.utf8).write(to: URL(filePath: path), options: .atomic)
        } catch {
            throw CommandFailure(.failed, "The file \(path) cannot be written.", hint: "Check the folder and its rights.")
        }
        context.terminal.output(options.json ? try DatabaseSession.json(Report(file: path)) : "\(path)\n")
    }
}
