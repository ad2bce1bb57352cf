/// A statement that the program registered: what its text may contain, and how much it may ask for.
package struct QueryTemplate: Sendable, Hashable {
    /// Its name, which the place that sends it gives.
    package let name: String
    /// Tables and views that it may read, without schema. A name that ends with `*` stands for all that begin so.
    package let tables: Set<String>
    /// Most rows; `nil` for statements that find by key.
    package let maximumRows: Int?
    /// Text values that the program wrote into the statement.
    package let literals: Set<String>
    /// Functions beyond the usual ones.
    package let functions: Set<String>
    /// Whether parts that were computed before may be combined without a condition.
    package let combinesParts: Bool
    /// Whether it follows relations by recursion.
    package let isRecursive: Bool
    /// Most work in the planner's units, for statements whose shape follows from what a caller asks; `nil` when the shape is fixed.
    package let maximumCost: Double?

    package init(
        _ name: String, tables: Set<String>, maximumRows: Int? = nil, literals: Set<String> = [], functions: Set<String> = [],
        combinesParts: Bool = false, isRecursive: Bool = false, maximumCost: Double? = nil
    ) {
        self.name = name
        self.tables = tables
        self.maximumRows = maximumRows
        self.literals = literals
        self.functions = functions
        self.combinesParts = combinesParts
        self.isRecursive = isRecursive
        self.maximumCost = maximumCost
    }

    func allows(table: String) -> Bool {
        tables.contains { $0.hasSuffix("*") ? table.hasPrefix($0.dropLast()) : table == $0 }
    }
}
