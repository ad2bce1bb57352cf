import ArgumentParser
import Composition
import Domain
import FoundationEssentials

/// `portolan db latest`.
struct DBLatestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "latest", abstract: "Show or set which version of a slot is the latest.",
        subcommands: [DBLatestGetCommand.self, DBLatestSetCommand.self])
}

/// `portolan db latest get`.
struct DBLatestGetCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(commandName: "get", abstract: "Show the latest version of each slot.")

    @Option(help: "Only this slot.")
    var slot: String?

    @OptionGroup var options: DatabaseOptions

    /// A pointer, as JSON.
    struct Pointer: Encodable {
        let slot: String
        let version: String
        let setAt: Date
        let setBy: String
    }

    func run(with session: DatabaseSession) async throws {
        let pointers = try await session.database.latestPointers(of: slot).map {
            Pointer(slot: $0.slot.rawValue, version: $0.version, setAt: $0.setAt, setBy: $0.setBy)
        }
        try session.show(pointers) {
            var table = TextTable([.text("SLOT"), .text("VERSION"), .text("SET (UTC)"), .text("BY")])
            for item in pointers { table.add([item.slot, item.version, Figures.text(of: item.setAt), item.setBy]) }
            return table.isEmpty ? "" : table.text
        }
        if pointers.isEmpty { session.note("No latest versions.") }
    }
}

/// `portolan db latest set`.
struct DBLatestSetCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Make a version the latest one of its slot, in the database and in LATEST.json.")

    @Option(help: "The version.")
    var version: String

    @Flag(help: "Show what would change.")
    var dryRun = false

    @OptionGroup var options: DatabaseOptions

    func validate() throws { try ArgumentCheck.identifier(version, "--version") }

    var change: CommandJournal.Command? { !dryRun ? CommandJournal.Command(.db, "latest set") : nil }

    func run(with session: DatabaseSession) async throws {
        let change = try await session.database.setLatest(version, isDryRun: dryRun)
        try session.show(change) {
            TextTable.pairs([
                ("slot", change.slot), ("before", change.before ?? "-"), (change.isDryRun ? "would be" : "latest", change.after),
            ])
        }
    }
}
