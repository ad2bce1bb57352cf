import ArgumentParser
import Composition
import Domain
import FoundationEssentials

/// `portolan keys`.
struct KeysCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys", abstract: "Make and revoke keys of the API: for operators.",
        discussion: """
            These commands talk to the database of PORTOLAN_DATABASE_URL (or PORTOLAN_DATABASE_URL_FILE, PORTOLAN_CONFIG), else to that of the \
            local stack that runs, and not to the API. They exit with 0 ok, 1 failed, 2 usage, 3 unreachable, 4 refused. A client sends a key as \
            it sends the token: Authorization: Bearer ptl_…
            """,
        subcommands: [KeysCreateCommand.self, KeysListCommand.self, KeysRevokeCommand.self])
}

/// A key for operators, as JSON and as a row.
struct KeyReport: Encodable {
    let prefix: String
    let name: String
    let role: String
    let scopes: [String]
    /// The libraries that it may see, `*` for all, and the documentations; both empty: the public libraries.
    let libraries: [String]
    let documentations: [String]
    /// `active`, `expired`, `revoked`.
    let state: String
    let createdAt: Date
    let expiresAt: Date
    let lastUsedAt: Date?
    let revokedAt: Date?
    /// How logs and the audit call it.
    let subject: String
    /// The whole key, in the answer that makes it and in no other.
    var key: String?

    init(_ key: APIKey, text: String? = nil) {
        (prefix, name, role, subject) = (key.prefix, key.name, key.role.rawValue, key.subject)
        scopes = key.scopes.map(\.rawValue).sorted()
        libraries = key.list.libraries.sorted()
        documentations = key.list.documentations.sorted().map(\.description)
        state = key.state(at: Date()).rawValue
        (createdAt, expiresAt, lastUsedAt, revokedAt) = (key.createdAt, key.expiresAt, key.lastUsedAt, key.revokedAt)
        self.key = text
    }

    /// What it may see, in a few words.
    private var sees: String {
        if scopes.contains(AccessScope.admin.rawValue) { return AccessList.everything }
        let names = libraries + documentations.map { "documentation \($0)" }
        return names.isEmpty ? "public" : names.joined(separator: ", ")
    }

    /// One line for each of `keys`, under headings.
    static func table(_ keys: [KeyReport]) -> String {
        var table = TextTable([
            .text("PREFIX"), .text("NAME"), .text("ROLE"), .text("SCOPES"), .text("STATE"), .text("EXPIRES (UTC)"),
            .text("LAST USED (UTC)"), .text("SUBJECT"), .text("SEES"),
        ])
        for key in keys {
            table.add([
                key.prefix, key.name, key.role, key.scopes.joined(separator: " "), key.state, Figures.text(of: key.expiresAt),
                key.lastUsedAt.map(Figures.text(of:)) ?? "", key.subject, key.sees,
            ])
        }
        return table.text
    }
}
