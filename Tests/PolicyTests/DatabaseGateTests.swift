import Policy
import Testing

@Suite struct `Database gates` {
    @Test(
        arguments: [
            ("commit", .open, true), ("commit", .failed, false), ("commit", .none, false), ("checkpoint", .open, true),
            ("checkpoint", .none, false), ("rollback", .open, true), ("rollback", .failed, true), ("rollback", .none, false),
            ("migrate", .none, true), ("migrate", .open, false), ("vacuum", .none, false), ("drop", .open, false), ("", .open, false),
            ("COMMIT", .open, false), ("commit;", .open, false),
        ] as [(String, DatabaseGate.Transaction, Bool)])
    func `steps fit the state of the transaction`(operation: String, transaction: DatabaseGate.Transaction, passes: Bool) {
        let rejection = GateRegistry().evaluate(DatabaseGate(), .init(operation, transaction)).rejection
        #expect(rejection?.code == (passes ? nil : .transaction))
    }

    @Test(
        arguments: [
            ("pre_commit", true, ["section", "chunk"], true), ("pre_commit", false, ["section"], false), ("pre_commit", true, [], true),
            ("post_extract", true, ["section"], true), ("post_extract", false, ["section"], true), ("pre_rollback", false, ["chunk"], true),
            ("post_rollback", false, [], true), ("pre_commit", true, ["secret"], false), ("pre_commit", true, ["section; drop"], false),
            ("pre_commit", true, ["Section"], false), ("pre_commit", true, ["portolan.section"], false), ("pre_commit", true, [""], false),
            ("before_commit", true, ["section"], false), ("", true, [], false),
        ] as [(String, Bool, [String], Bool)])
    func `the step before comes first and tables are known`(operation: String, stepSucceeded: Bool, tables: [String], passes: Bool) {
        let gate = DatabaseBoundaryGate(allowedTables: ["section", "chunk"])
        let rejection = GateRegistry().evaluate(gate, .init(operation, stepSucceeded: stepSucceeded, tables: tables)).rejection
        #expect(rejection?.code == (passes ? nil : .transaction))
    }
}
