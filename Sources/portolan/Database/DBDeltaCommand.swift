import ArgumentParser
import Composition
import Domain
import Storage

/// `portolan db delta`.
struct DBDeltaCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "delta", abstract: "Show what came, went and changed between two versions.")

    @Argument(help: "The older version, or the name of a slot for its latest one.")
    var older: String

    @Argument(help: "The newer version, or the name of a slot for its latest one.")
    var newer: String

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        try ArgumentCheck.identifier(older, "<older>")
        try ArgumentCheck.identifier(newer, "<newer>")
    }

    func run(with session: DatabaseSession) async throws {
        let delta = try await session.database.catalog.delta(from: older, to: newer)
        try session.show(delta) {
            let facts = TextTable.pairs([
                ("older", delta.older), ("newer", delta.newer), ("added", "\(delta.added)"), ("removed", "\(delta.removed)"),
                ("common", "\(delta.common)"), ("changed", "\(delta.changed)"), ("size delta", "\(delta.sizeDelta) bytes"),
            ])
            var formats = TextTable([.text("FORMAT"), .number("FILES BEFORE"), .number("FILES AFTER")])
            for change in delta.formatChanges { formats.add([change.format, "\(change.filesBefore)", "\(change.filesAfter)"]) }
            return facts + (formats.isEmpty ? "" : "\n" + formats.text)
        }
    }
}
