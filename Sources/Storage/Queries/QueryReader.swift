import Domain
import FoundationEssentials
import Policy
import Postgres
import Primitives

/// The way of the stores for reading to the database: each statement passes the query gate first.
struct QueryReader: Sendable {
    private let client: PostgresClient
    private let gates: GateRegistry
    private let role = Locked<String?>(nil)
    private let plans = Locked<[String: (plan: QueryGate.Plan, until: ContinuousClock.Instant)]>([:])

    /// Shared by all stores, for what it remembers of texts that it has read.
    private static let gate = QueryGate(QueryTemplates.all)
    /// How long an estimate of the planner counts: tables grow, but not that fast.
    private static let planLifetime = Duration.seconds(60)
    private static let keptPlans = 100

    init(_ client: PostgresClient, _ gates: GateRegistry) {
        self.client = client
        self.gates = gates
    }

    /// Runs a short statement that is registered for the place that calls.
    /// - Throws: ``Domain/Fault`` with a code of the gate, and what `PostgresClient.query` throws.
    func query(_ sql: SQL, depth: Int = 0, file: String = #fileID, function: String = #function) async throws -> Rows {
        let timeout = min(client.configuration.defaultTimeout, QueryGate.maximumTimeout)
        try await admit(sql, depth: depth, timeout: timeout, file, function) { try await client.query($0) }
        return try await client.query(sql, deadline: .after(timeout))
    }

    /// Runs a statement that may take long: on a leased connection, where a caller who goes away cancels it on the server and nobody waits
    /// behind it. Three round trips instead of one.
    func queryCancellable(_ sql: SQL, depth: Int = 0, file: String = #fileID, function: String = #function) async throws -> Rows {
        try await withTransaction(timeLimit: min(client.configuration.defaultTimeout, QueryGate.maximumTimeout)) {
            try await $0.query(sql, depth: depth, file: file, function: function)
        }
    }

    /// Runs `body` in a transaction that only reads, whose statements the server ends after `timeLimit`, at most
    /// ``Policy/QueryGate/maximumTimeout``.
    func withTransaction<Value>(timeLimit: Duration, _ body: (Connection) async throws -> Value) async throws -> Value {
        try await client.withTransaction(isReadOnly: true, deadline: .after(timeLimit)) {
            try await body(Connection(reader: self, connection: $0, timeLimit: timeLimit))
        }
    }

    /// The role that a search takes on for its transaction: `portolan_reader`, or `none` where the user may not take it on, or where it has no
    /// rights in this database, as before roles were arranged: roles are those of the whole server, rights those of a database. Asked for once.
    func readerRole() async throws -> String {
        if let role = role.withLock({ $0 }) { return role }
        let rows = try await client.query(
            """
            select exists (
              select from pg_catalog.pg_roles where rolname = 'portolan_reader' and pg_has_role(current_user, oid, 'SET')
                and has_schema_privilege(oid, to_regnamespace('portolan')::oid, 'USAGE')) as found
            """)
        let role = try rows.single().decode("found", as: Bool.self) ? "portolan_reader" : "none"
        self.role.withLock { $0 = role }
        return role
    }

    /// Runs `body` in a transaction that writes, behind the database gate, to its end also when the caller goes away.
    func writing<Value: Sendable>(
        timeLimit: Duration, _ body: @escaping @Sendable (PostgresConnection) async throws -> Value
    ) async throws -> Value {
        try await Task { [client] in try await client.withTransaction(deadline: .after(timeLimit), body) }.value
    }

    /// The connection of a transaction, behind the query gate.
    struct Connection {
        fileprivate let reader: QueryReader
        fileprivate let connection: PostgresConnection
        fileprivate let timeLimit: Duration

        /// As ``QueryReader/query(_:depth:file:function:)``.
        func query(_ sql: SQL, depth: Int = 0, file: String = #fileID, function: String = #function) async throws -> Rows {
            try await reader.admit(sql, depth: depth, timeout: timeLimit, file, function) { try await connection.query($0) }
            return try await connection.query(sql)
        }
    }

    /// - Parameter send: sends what the gate asks of the database first, the way that `sql` will take.
    private func admit(
        _ sql: SQL, depth: Int, timeout: Duration, _ file: String, _ function: String, send: (SQL) async throws -> Rows
    ) async throws {
        // Storage/PostgresSearchStore+legs.swift and matches(_:scope:limit:) become PostgresSearchStore.matches.
        let store = file.split(separator: "/").last?.prefix { $0 != "." && $0 != "+" } ?? ""
        let name = "\(store).\(function.prefix { $0 != "(" })"
        let isPriced = Self.gate.template(name)?.maximumCost != nil
        let statement = QueryGate.Statement(
            name, sql.text, parameters: sql.parameterCount, integers: sql.integerParameters, depth: depth, timeout: timeout,
            plan: isPriced ? try await plan(of: sql, send) : nil)
        _ = try gates.evaluate(Self.gate, statement).get()
    }

    /// What the planner expects of `sql`, asked once a minute for each text.
    private func plan(of sql: SQL, _ send: (SQL) async throws -> Rows) async throws -> QueryGate.Plan? {
        let now = ContinuousClock.now
        if let known = plans.withLock({ $0[sql.text] }), known.until > now { return known.plan }
        let rows = try await send("explain \(sql)")
        guard let line = try rows.first?.decode(0, as: String.self), let plan = Self.plan(line) else { return nil }
        plans.withLock { plans in
            if plans.count >= Self.keptPlans { plans = [:] }
            plans[sql.text] = (plan, now + Self.planLifetime)
        }
        return plan
    }

    /// The figures of a plan's first line: `Limit  (cost=0.42..8.44 rows=1 width=16)`.
    private static func plan(_ line: String) -> QueryGate.Plan? {
        guard let figures = line.split(separator: "(cost=").dropFirst().first else { return nil }
        let words = figures.split(separator: " ")
        guard let cost = words.first?.split(separator: "..").last.flatMap({ Double($0) }),
            let rows = words.first(where: { $0.hasPrefix("rows=") }).flatMap({ Double($0.dropFirst(5)) })
        else { return nil }
        return QueryGate.Plan(cost: cost, rows: rows)
    }
}
