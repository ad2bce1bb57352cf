/// Decides whether a transaction that publishes may go over its boundary: the step before it first, the commit second.
package struct DatabaseBoundaryGate: Gate {
    /// The places where the gate stands.
    package enum Boundary: String, Sendable, Hashable, CaseIterable {
        case preCommit = "pre_commit"
        case postExtract = "post_extract"
        case preRollback = "pre_rollback"
        case postRollback = "post_rollback"
    }

    /// A boundary as it was asked for.
    package struct Crossing: Sendable, Hashable {
        package let operation: String
        /// Whether the step before succeeded: files written, a stage finished.
        package let stepSucceeded: Bool
        /// Names of the tables that the transaction writes, without schema.
        package let tables: [String]

        package init(_ operation: String, stepSucceeded: Bool, tables: [String]) {
            self.operation = operation
            self.stepSucceeded = stepSucceeded
            self.tables = tables
        }
    }

    package let name = GateName.databaseBoundary
    package let field = "operation"
    private let allowedTables: Set<String>

    /// The tables that a publication may write: what readers see, and the job that wrote it.
    package static let publication: Set<String> = [
        "catalog_version", "chunk", "crawl_outcome", "documentation", "event", "job", "latest_pointer", "page", "raw_page", "section",
        "term_statistic", "verification_owed",
    ]

    /// The tables that a boundary of the catalog may write.
    package static let catalog: Set<String> = [
        "artifact", "catalog_usage", "catalog_version", "event", "extracted_file", "latest_pointer", "slot_claim", "validation",
        "validation_count",
    ]

    /// - Parameter allowedTables: the tables that may be written, without schema.
    package init(allowedTables: Set<String> = publication) { self.allowedTables = allowedTables }

    package func note(on input: Crossing) -> [String: String]? {
        // What is no boundary came from a mistake in the code and may hold anything.
        guard let boundary = Boundary(rawValue: input.operation) else { return ["operation": "unknown"] }
        return ["operation": boundary.rawValue, "step": input.stepSucceeded ? "ok" : "failed", "tables": "\(input.tables.count)"]
    }

    package func decide(_ input: Crossing) -> GateResult<Boundary> {
        func reject(_ message: String, limit: String? = nil, hint: String? = nil, _ details: [String: String]) -> GateResult<Boundary> {
            .rejected(Rejection(.transaction, message, field: field, limit: limit, hint: hint, details: details))
        }
        guard let boundary = Boundary(rawValue: input.operation) else {
            return reject(
                "The boundary is none that a transaction has.", limit: Boundary.allCases.map(\.rawValue).joined(separator: ", "),
                ["operation": input.operation])
        }
        if let table = input.tables.first(where: { !allowedTables.contains($0) }) {
            return reject("The transaction writes a table that it may not write.", ["table": table])
        }
        if boundary == .preCommit, !input.stepSucceeded {
            return reject(
                "The step before the commit has not succeeded, so nothing is committed.", hint: "Run the job again.",
                ["operation": input.operation])
        }
        return .accepted(boundary)
    }
}
