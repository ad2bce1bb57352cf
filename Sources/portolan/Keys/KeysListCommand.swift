import ArgumentParser
import Composition
import Domain
import Storage

/// `portolan keys list`.
struct KeysListCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List keys, newest first; never their secrets.",
        discussion: "SUBJECT is how the logs and the audit call a key. LAST USED is right to the minute.")

    @Flag(help: "Only keys that work.")
    var active = false

    @OptionGroup var options: DatabaseOptions

    func run(with session: DatabaseSession) async throws {
        let all = try await session.database.keys.keys().map { KeyReport($0) }
        let shown = active ? all.filter { $0.state == APIKey.State.active.rawValue } : all
        try session.show(shown) { shown.isEmpty ? "" : KeyReport.table(shown) }
        if shown.isEmpty { session.note("No keys.") }
    }
}

/// `portolan keys revoke PREFIX`.
struct KeysRevokeCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Revoke a key: within five seconds no process takes it any more.")

    @Argument(help: "The key's prefix, with or without ptl_ before it.")
    var prefix: String

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        guard APIKeyText.prefix(naming: prefix) == nil else { return }
        // What was typed may be a secret with a mistake in it.
        throw ValidationError("<prefix> is no prefix of a key: 12 digits from 0 to f, as `portolan keys list` shows them.")
    }

    var change: CommandJournal.Command? { CommandJournal.Command(.keys, "revoke") }

    func run(with session: DatabaseSession) async throws {
        let prefix = APIKeyText.prefix(naming: prefix) ?? ""
        guard let key = try await session.database.keys.revoke(prefix: prefix) else {
            throw CommandFailure(.failed, "There is no key \(prefix).", hint: "'portolan keys list' shows those that there are.")
        }
        let report = KeyReport(key)
        try session.show(report) { KeyReport.table([report]) }
    }
}
