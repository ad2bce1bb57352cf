package import Primitives

/// Where the database is and how many connections may be used.
package struct PostgresConfiguration: Sendable {
    /// libpq keywords and values, the password among them.
    let parameters: Redacted<[String: String]>

    /// Pipelined connections for short statements; at least 1, default 2.
    package var laneCount = 2
    /// Leased connections for transactions, COPY and scripts; at least 1, default 8.
    package var maximumLeases = 8
    /// Callers that may wait for a lease, and statements that may be under way on one lane; default 1024.
    package var maximumWaiters = 1024
    /// Time for one connection to be made; default 5 s.
    package var connectTimeout: Duration = .seconds(5)
    /// Time for a statement on a lane, or for the wait for a lease, when the caller names no deadline; default 10 s.
    package var defaultTimeout: Duration = .seconds(10)
    /// Time for a statement on a leased connection when the caller names no deadline; default 60 s.
    package var statementTimeout: Duration = .seconds(60)
    /// The server ends a leased connection whose transaction waits this long for its next statement, because the process froze or its host is
    /// gone, and with it the locks that others wait for; at least 1 ms, default 120 s.
    package var idleInTransactionTimeout: Duration = .seconds(120)
    /// A lane that has statements under way and hears nothing for this long is given up; the server is told to end statements at half of it.
    /// Default 30 s.
    package var stallTimeout: Duration = .seconds(30)
    /// Time that a canceled statement gets to end before its connection is closed; default 5 s.
    package var cancelGrace: Duration = .seconds(5)
    /// Pause after failed attempts to connect, during which statements fail at once; default 100 ms doubling to 5 s.
    package var backoff = Backoff(base: .milliseconds(100), limit: .seconds(5))
    /// Prepared statements that a connection keeps; at least 1, default 256.
    package var preparedStatementLimit = 256
    /// Hears of every statement of the client and of leased connections.
    package var observer: (any StatementObserver)?
    /// Asked before the commit of each transaction that may write, with no statement under way. What it throws rolls the transaction back
    /// and is thrown by `withTransaction`.
    package var admitsCommit: (@Sendable () throws -> Void)?

    /// Reads a URL as libpq does: `postgres://user:password@host:port/database?sslmode=require`, `?host=/socket/folder`, or a keyword list.
    ///
    /// Throws `configuration` when libpq cannot read it. The message does not quote the URL.
    package init(url: String) throws(PostgresError) {
        var parameters = try LibpqOptions.parse(url)
        // Read by nobody here, or replaced below.
        for keyword in ["replication", "service", "connect_timeout", "client_encoding"] { parameters[keyword] = nil }
        parameters["client_encoding"] = "UTF8"
        // Finds a dead host under idle and busy connections alike.
        let liveness = ["keepalives_idle": "30", "keepalives_interval": "10", "keepalives_count": "3", "tcp_user_timeout": "30000"]
        parameters.merge(liveness) { given, _ in given }
        if parameters["application_name"]?.isEmpty ?? true { parameters["application_name"] = Self.commonName }
        self.parameters = Redacted(parameters)
    }

    /// The name of the connections in `pg_stat_activity`.
    var applicationName: String { parameters.reveal()["application_name"] ?? Self.commonName }

    /// The name of the database, when the URL has one.
    package var database: String? { parameters.reveal()["dbname"] }

    /// A copy for another database on the same server.
    package func with(database: String) -> PostgresConfiguration {
        var copy = self
        var parameters = parameters.reveal()
        parameters["dbname"] = database
        copy = PostgresConfiguration(parameters: parameters, like: copy)
        return copy
    }

    /// A copy whose connections have this name in `pg_stat_activity`, unless the URL names them.
    package func named(_ name: String) -> PostgresConfiguration {
        var parameters = parameters.reveal()
        guard parameters["application_name"] == Self.commonName else { return self }
        parameters["application_name"] = name
        return PostgresConfiguration(parameters: parameters, like: self)
    }

    /// A copy that connects where and as whom `other` does.
    func at(_ other: PostgresConfiguration) -> PostgresConfiguration {
        PostgresConfiguration(parameters: other.parameters.reveal(), like: self)
    }

    private static let commonName = "portolan"

    private init(parameters: [String: String], like other: PostgresConfiguration) {
        self.parameters = Redacted(parameters)
        (laneCount, maximumLeases, maximumWaiters) = (other.laneCount, other.maximumLeases, other.maximumWaiters)
        (connectTimeout, defaultTimeout, statementTimeout) = (other.connectTimeout, other.defaultTimeout, other.statementTimeout)
        (stallTimeout, cancelGrace, backoff) = (other.stallTimeout, other.cancelGrace, other.backoff)
        idleInTransactionTimeout = other.idleInTransactionTimeout
        (preparedStatementLimit, observer, admitsCommit) = (other.preparedStatementLimit, other.observer, other.admitsCommit)
    }

    /// The hosts that have to be resolved: none for sockets and when addresses are given.
    var hostsToResolve: [String] {
        let parameters = parameters.reveal()
        guard parameters["hostaddr"] == nil, let host = parameters["host"], !host.isEmpty else { return [] }
        let hosts = host.split(separator: ",").map(String.init)
        // A list with sockets in it is left to libpq: addresses and sockets cannot be mixed.
        return hosts.contains { $0.hasPrefix("/") || $0.hasPrefix("@") } ? [] : hosts
    }

    /// The parameters for libpq with the addresses beside the hosts that they belong to, one entry each.
    func parameters(resolved: [(host: String, addresses: [String])]) -> [(keyword: String, value: String)] {
        var parameters = parameters.reveal()
        if !resolved.isEmpty {
            let ports = (parameters["port"] ?? "").split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            var entries: [(host: String, address: String, port: String)] = []
            for (index, group) in resolved.enumerated() {
                let port = ports.count == 1 ? ports[0] : index < ports.count ? ports[index] : ""
                entries += group.addresses.map { (group.host, $0, port) }
            }
            parameters["host"] = entries.map(\.host).joined(separator: ",")
            parameters["hostaddr"] = entries.map(\.address).joined(separator: ",")
            parameters["port"] = entries.map(\.port).joined(separator: ",")
        }
        return parameters.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
