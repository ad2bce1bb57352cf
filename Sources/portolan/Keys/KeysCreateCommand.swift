import ArgumentParser
import Composition
import Domain
import Primitives
import Storage

extension AccessRole: ExpressibleByArgument {}
extension AccessScope: ExpressibleByArgument {}

/// `portolan keys create`.
struct KeysCreateCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "create", abstract: "Make a key and show it, once.",
        discussion: """
            Standard output is the key alone: KEY=$(portolan keys create --name ci --role READER --scope docs:read). The database keeps a hash \
            of it, so nobody can show it again. The role decides the quota: READER 50, POWER 200, ADMIN 500 requests a minute. The scopes \
            decide what it may do: docs:read reads and searches, ask asks questions, ingest starts and stops ingestion, changes sources and \
            deletes documentation, admin operates the service. No scope contains another.

            Without --library and --source it sees the public libraries; with them, what they name and nothing else. Only a key that names a \
            library, or has the scope admin, can bring one into being.
            """)

    @Option(help: "What people call it, 1 to 100 characters.")
    var name: String

    @Option(help: "READER, POWER or ADMIN.")
    var role: AccessRole

    @Option(name: .customLong("scope"), help: "docs:read, ask, ingest or admin; once for each.")
    var scopes: [AccessScope]

    @Option(name: .customLong("library"), help: "A library that it may see, whether or not it exists yet; once for each. '*' for all.")
    var libraries: [String] = []

    @Option(name: .customLong("source"), help: "A source of which it may see what it fills, by its identifier; once for each.")
    var sources: [String] = []

    @Option(help: "How long it works: hours or days, such as 12h or 90d, at most 3650d.")
    var expires = KeyLifetime.standard

    @OptionGroup var options: DatabaseOptions

    func validate() throws {
        try ArgumentCheck.length(name, APIKey.nameLength, "--name")
        try ArgumentCheck.identifier(name, "--name")
        if scopes.isEmpty { throw ValidationError("--scope is missing.") }
        for library in libraries {
            try ArgumentCheck.length(library, AccessList.nameLength, "--library")
            try ArgumentCheck.identifier(library, "--library")
        }
        for source in sources where SourceID(source) == nil { throw ValidationError("--source \(source) is no identifier of a source.") }
        if libraries.count + sources.count > AccessList.limit {
            throw ValidationError("--library and --source together may be given \(AccessList.limit) times.")
        }
    }

    var change: CommandJournal.Command? { CommandJournal.Command(.keys, "create") }

    func run(with session: DatabaseSession) async throws {
        let (key, text) = try await session.database.keys.create(
            name: name, role: role, scopes: Set(scopes), libraries: Set(libraries), sources: Set(sources.compactMap { SourceID($0) }),
            lifetime: expires.duration)
        let report = KeyReport(key, text: text.reveal())
        try session.show(report) { text.reveal() + "\n" }
        session.note("Key \(report.prefix) for \(report.name), until \(Figures.text(of: report.expiresAt)) UTC. It is not shown again.")
    }
}

/// Hours or days, such as `12h` or `90d`.
struct KeyLifetime: ExpressibleByArgument, CustomStringConvertible {
    let duration: Duration
    let description: String

    static let standard = KeyLifetime(duration: .seconds(365 * 86_400), description: "365d")
    private static let longest = 3650 * 24

    private init(duration: Duration, description: String) { (self.duration, self.description) = (duration, description) }

    init?(argument: String) {
        guard let unit = argument.last, let count = Int(argument.dropLast()), (1...Self.longest).contains(count) else { return nil }
        let hours: Int? = unit == "d" ? count * 24 : unit == "h" ? count : nil
        guard let hours, hours <= Self.longest else { return nil }
        self.init(duration: .seconds(hours * 3600), description: argument)
    }

    var defaultValueDescription: String { description }
}
