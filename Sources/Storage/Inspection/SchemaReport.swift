package import FoundationEssentials

/// A table or view of the schema `portolan`.
package struct TableSummary: Sendable, Hashable, Encodable {
    package let name: String
    /// `table`, `partitioned table`, `view` or `materialized view`.
    package let kind: String
    /// Rows by the server's last count; nil when it has not counted.
    package let estimatedRows: Int?
    /// Bytes on disk with indexes.
    package let bytes: Int
}

/// A table with what it consists of.
package struct TableInfo: Sendable, Hashable, Encodable {
    /// A column.
    package struct Column: Sendable, Hashable, Encodable {
        package let name: String
        /// As Postgres writes it.
        package let type: String
        package let isNullable: Bool
        /// The expression, when there is one.
        package let fallback: String?

        enum CodingKeys: String, CodingKey {
            case name, type, isNullable
            case fallback = "default"
        }
    }

    /// A rule that its rows obey.
    package struct Constraint: Sendable, Hashable, Encodable {
        package let name: String
        /// `primary key`, `foreign key`, `unique`, `check`, `exclusion`, `not null` or `trigger`.
        package let kind: String
        package let definition: String
    }

    package let name: String
    package let kind: String
    package let estimatedRows: Int?
    package let bytes: Int
    package let columns: [Column]
    package let constraints: [Constraint]
    package let indexes: [IndexInfo]
}

/// An index.
package struct IndexInfo: Sendable, Hashable, Encodable {
    package let name: String
    package let table: String
    package let isUnique: Bool
    package let isPrimary: Bool
    /// False while it is built, or after that failed.
    package let isValid: Bool
    package let bytes: Int
    /// How often it was used since the figures were reset.
    package let scans: Int
    package let definition: String
}

/// What the server counts about a table.
package struct TableStatistics: Sendable, Hashable, Encodable {
    package let name: String
    package let liveRows: Int
    package let deadRows: Int
    package let sequentialScans: Int
    package let indexScans: Int
    package let tableBytes: Int
    package let indexBytes: Int
    package let lastVacuum: Date?
    package let lastAnalyze: Date?
}

/// A migration in the history of the database.
package struct AppliedMigration: Sendable, Hashable, Codable {
    package let name: String
    package let checksum: String
    package let appliedAt: Date
}

/// The schema as a whole.
package struct SchemaReport: Sendable, Hashable, Encodable {
    package let database: String
    /// Such as `18.0`.
    package let serverVersion: String
    /// Bytes of the whole database.
    package let bytes: Int
    /// Versions by name.
    package let extensions: [String: String]
    package let migrations: [AppliedMigration]
    package let tables: [TableInfo]
}
