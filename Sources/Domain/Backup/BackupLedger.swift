package import FoundationEssentials

/// What a backup has to know of the database, and where it says how it went: the port to the database.
package protocol BackupLedger: Sendable {
    /// The cluster and its schema now.
    func facts() async throws -> DatabaseFacts

    /// Rows by table of the schema, all of one moment; takes as long as reading them takes.
    func rowCounts() async throws -> [String: Int]

    /// Up to where the log is on the database's disk, on which timeline that is, and up to where the receiver on the replication slot `slot` has
    /// written it; nil while nobody receives on it.
    func positions(slot: String) async throws -> (flushed: LogPosition, timeline: UInt32, received: LogPosition?)

    /// Notes how a run ended, for the metrics and the alerts.
    func record(_ outcome: BackupOutcome) async throws
}

/// What a manifest tells about its database.
package struct DatabaseFacts: Sendable, Hashable {
    /// Postgres' system identifier.
    package var cluster: String
    package var database: String
    package var serverVersion: String
    package var migrations: [String]
    /// Size of a file of the log.
    package var segmentBytes: UInt64

    package init(cluster: String, database: String, serverVersion: String, migrations: [String], segmentBytes: UInt64) {
        (self.cluster, self.database, self.serverVersion) = (cluster, database, serverVersion)
        (self.migrations, self.segmentBytes) = (migrations, segmentBytes)
    }
}

/// How a base backup or a round of the log ended.
package struct BackupOutcome: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable { case base, log }

    package var kind: Kind
    /// The state of this moment can be restored, or could not be stored.
    package var moment: Date
    /// Bytes that were stored.
    package var bytes: Int64
    /// Up to where the log is stored; nil for a base backup and for a failure.
    package var position: LogPosition?
    /// Why it failed; nil when it did not.
    package var error: String?

    package init(kind: Kind, moment: Date, bytes: Int64 = 0, position: LogPosition? = nil, error: String? = nil) {
        (self.kind, self.moment, self.bytes, self.position, self.error) = (kind, moment, bytes, position, error)
    }
}
