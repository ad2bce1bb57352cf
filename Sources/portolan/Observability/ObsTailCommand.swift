import APIClient
import APIModel
import ArgumentParser

/// `portolan obs tail`.
struct ObsTailCommand: ClientCommand {
    static let configuration = CommandConfiguration(
        commandName: "tail", abstract: "Show the newest events, oldest first.",
        discussion: "Types are dotted, such as boundary.download.begin; --type boundary.latest takes all that begin so.")

    @Option(name: [.customShort("n"), .long], help: "Events to show, 1 to 1000 (default 20).")
    var lines = 20

    @Option(name: .shortAndLong, help: ArgumentHelp("Only this level.", valueName: "INFO|WARN|ERROR"))
    var level: String?

    @Option(name: .shortAndLong, help: ArgumentHelp("Only this type and those below it.", valueName: "type"))
    var type: String?

    @Option(help: ArgumentHelp("Only events of this job.", valueName: "id"))
    var job: String?

    @OptionGroup(title: "Client options")
    var client: ClientOptions

    func validate() throws { try ArgumentCheck.range(lines, Limits.outcomeLimit, "--lines") }

    func run(with session: ClientSession) async throws {
        let list = try await session.api.events(type: type, level: level?.uppercased(), jobID: job, limit: lines)
        try session.show(list) {
            var table = TextTable([.number("NUMBER"), .text("AT (UTC)"), .text("LEVEL"), .text("TYPE"), .text("JOB"), .text("DETAILS")])
            for event in list.items {
                let details = event.payload.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
                table.add(["\(event.number)", Figures.text(of: event.at), event.level, event.type, event.jobID ?? "", details])
            }
            return table.isEmpty ? "" : table.text
        }
        if !session.isJSON, list.items.isEmpty { session.note("No events.") }
    }
}
