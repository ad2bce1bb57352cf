import Primitives

extension PostgresConfiguration {
    /// The variables by which libpq's own programs, such as `pg_dump`, find the same database. The password is among them: pass them on as
    /// an environment, never as arguments.
    package var programEnvironment: [String: String] {
        let parameters = parameters.reveal()
        var variables: [String: String] = [:]
        for (keyword, variable) in Self.variables { variables[variable] = parameters[keyword] }
        return variables
    }

    private static let variables = [
        "host": "PGHOST", "hostaddr": "PGHOSTADDR", "port": "PGPORT", "dbname": "PGDATABASE", "user": "PGUSER", "password": "PGPASSWORD",
        "passfile": "PGPASSFILE", "options": "PGOPTIONS", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT", "sslcert": "PGSSLCERT",
        "sslkey": "PGSSLKEY", "target_session_attrs": "PGTARGETSESSIONATTRS",
    ]
}
