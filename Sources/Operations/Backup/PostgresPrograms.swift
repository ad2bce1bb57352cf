package import Domain
package import EmbeddedServices
import FoundationEssentials

/// Postgres' own programs, with what they need to find a database.
package struct PostgresPrograms: Sendable {
    /// Environment of the process, in which the programs are looked up.
    let surroundings: [String: String]
    /// Environment of the programs: `PG…` and little else.
    package let environment: [String: String]

    /// - Parameters:
    ///   - surroundings: environment of the process.
    ///   - database: the variables that name the database; the password is among them.
    package init(surroundings: [String: String], database: [String: String]) {
        self.surroundings = surroundings
        var variables = surroundings.filter { ["PATH", "HOME", "LANG", "LC_ALL", "TZ"].contains($0.key) }
        // A replication connection names no database, and the programs would take the variable for one.
        variables.merge(database.filter { $0.key != "PGTARGETSESSIONATTRS" }) { $1 }
        environment = variables
    }

    /// Absolute path of a program.
    package func path(_ name: String) throws(Fault) -> String {
        guard let path = Executables.postgresProgram(name, environment: surroundings) else {
            throw Fault(
                .configuration, code: "E_BACKUP_PROGRAM", "\(name) is not installed.",
                hint: "Run deploy/setup, or set PORTOLAN_POSTGRES_DIR.")
        }
        return path
    }

    /// Runs a program to its end and returns what it wrote.
    @discardableResult
    package func run(
        _ name: String, _ arguments: [String], user: UserAccount = .current, limit: Duration = .seconds(6 * 3600)
    ) async throws -> String {
        do {
            return try await ChildProcess.run(try path(name), arguments: arguments, environment: environment, user: user, limit: limit)
        } catch let error as EmbeddedServicesError where error.code == .commandFailed || error.code == .timedOut {
            let reason = error.detail.split(separator: "\n").last.map(String.init) ?? ""
            throw Fault(.internal, code: "E_BACKUP_PROGRAM", "\(error.message): \(reason)", isTransient: true)
        }
    }
}
