/// Decides whether a step that ends or marks a transaction may be taken.
package struct DatabaseGate: Gate {
    /// What may be done to the database besides statements.
    package enum Operation: String, Sendable, Hashable, CaseIterable {
        case commit, rollback, migrate, checkpoint
    }

    /// Where the transaction is.
    package enum Transaction: String, Sendable, Hashable, CaseIterable {
        case none, open, failed
    }

    /// A step as it was asked for.
    package struct Request: Sendable, Hashable {
        package let operation: String
        package let transaction: Transaction

        package init(_ operation: String, _ transaction: Transaction) {
            self.operation = operation
            self.transaction = transaction
        }
    }

    package let name = GateName.database
    package let field = "operation"

    package init() {}

    /// A commit and a checkpoint need an open transaction that has not failed, a rollback one at all, and a migration none, as it opens its own.
    package func decide(_ input: Request) -> GateResult<Operation> {
        guard let operation = Operation(rawValue: input.operation) else {
            return .rejected(
                Rejection(
                    .transaction, "The operation is none of the database's.", field: field,
                    limit: Operation.allCases.map(\.rawValue).joined(separator: ", "), details: ["operation": input.operation]))
        }
        let isAllowed =
            switch operation {
            case .commit, .checkpoint: input.transaction == .open
            case .rollback: input.transaction != .none
            case .migrate: input.transaction == .none
            }
        guard isAllowed else {
            return .rejected(
                Rejection(
                    .transaction, "The transaction is not in a state for a \(operation.rawValue).", field: field,
                    details: ["operation": operation.rawValue, "transaction": input.transaction.rawValue]))
        }
        return .accepted(operation)
    }
}
