import ArgumentParser
import Composition
import Domain
import Storage

/// `portolan db files`.
struct DBFilesCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(commandName: "files", abstract: "List the files of a version by path.")

    @Option(help: "The version, or the name of a slot for its latest one.")
    var version: String

    @Option(help: "Only this format, such as html.")
    var format: String?

    @Option(help: "Only paths that begin so.")
    var prefix = ""

    @Option(help: "Files to show, 1 to 1000.")
    var limit = 1000

    @Option(help: "Files to leave out before the first.")
    var offset = 0

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        try ArgumentCheck.identifier(version, "--version")
        try ArgumentCheck.range(limit, PostgresCatalogQueries.limits, "--limit")
        try ArgumentCheck.range(offset, 0...10_000_000, "--offset")
        try ArgumentCheck.length(prefix, 0...4096, "--prefix")
    }

    func run(with session: DatabaseSession) async throws {
        let files = try await session.database.catalog.files(version, format: format, prefix: prefix, limit: limit, offset: offset)
        try session.show(files) {
            var table = TextTable([.text("PATH"), .text("FORMAT"), .number("BYTES"), .text("SHA-256")])
            for file in files { table.add([file.path, file.format, "\(file.bytes)", file.sha256]) }
            return table.isEmpty ? "" : table.text
        }
        if files.isEmpty { session.note("No files.") }
        if files.count == limit { session.note("--offset \(offset + limit) shows the next.") }
    }
}
