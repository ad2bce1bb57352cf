import Domain
package import Policy
package import Postgres

/// The gates between the last statement of a transaction and its commit. Their rejection rolls the transaction back.
enum CommitGates {
    /// What a publication writes.
    static let publishedTables = [
        "documentation", "section", "chunk", "term_statistic", "page", "raw_page", "job", "crawl_outcome", "catalog_version",
        "latest_pointer", "event", "verification_owed",
    ]

    /// - Throws: ``Domain/Fault`` with `E_DB_TX`.
    static func admitCommit(_ gates: GateRegistry) throws(Fault) {
        _ = try gates.evaluate(DatabaseGate(), .init("commit", .open)).get()
    }

    /// Lets what was published be committed only if the steps before have succeeded, which the job's state says.
    /// - Throws: ``Domain/Fault`` with `E_DB_TX`.
    static func admitPublication(_ gates: GateRegistry, in status: JobStatus, from first: JobStatus) throws(Fault) {
        let reached = (status.percentOnEntry ?? -1) >= (first.percentOnEntry ?? .max)
        let crossing = DatabaseBoundaryGate.Crossing("pre_commit", stepSucceeded: reached, tables: publishedTables)
        _ = try gates.evaluate(DatabaseBoundaryGate(), crossing).get()
    }
}

extension PostgresConfiguration {
    /// A copy for clients whose every commit passes the database gate: those of all stores, and of whoever else opens a transaction.
    package func gated(by gates: GateRegistry) -> PostgresConfiguration {
        var copy = self
        copy.admitsCommit = { try CommitGates.admitCommit(gates) }
        return copy
    }
}
