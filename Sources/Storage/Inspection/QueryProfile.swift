/// What the planner makes of a statement, and, when it was run, what came of it.
package struct QueryProfile: Sendable, Hashable, Encodable {
    /// One step of the plan.
    package struct Step: Sendable, Hashable, Encodable {
        /// Such as `Seq Scan`.
        package let operation: String
        /// The table or index that it reads.
        package let relation: String?
        /// What it keeps of the rows that it reads.
        package let filter: String?
        /// How deep it stands in the plan; 0 is the outermost.
        package let depth: Int
        /// The planner's cost of this step without the steps below.
        package let ownCost: Double
        /// The planner's cost of this step and those below.
        package let totalCost: Double
        /// Rows that the planner expects from one pass.
        package let plannedRows: Double
        /// Rows of one pass on average; nil when the statement was not run.
        package let actualRows: Double?
        /// How often it was run; nil when the statement was not run, 0 for a step that was never reached.
        package let loops: Double?
        /// Time of one pass with the steps below.
        package let milliseconds: Double?
    }

    /// In units of the planner.
    package let cost: Double
    /// Rows that the planner expects.
    package let plannedRows: Double
    /// Rows that came; nil when the statement was not run.
    package let actualRows: Double?
    /// Time of planning; nil when the statement was not run.
    package let planningMilliseconds: Double?
    /// Time of the run; nil when the statement was not run.
    package let executionMilliseconds: Double?
    /// Blocks found in the server's own cache; nil when the statement was not run.
    package let sharedHitBlocks: Int?
    /// Blocks read from outside of it.
    package let sharedReadBlocks: Int?
    /// The steps, each before those below it.
    package let steps: [Step]
}
