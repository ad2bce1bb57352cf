package import Postgres

/// The schema of the product: every migration, oldest first.
package enum Schema {
    /// Forward-only; a release appends to it and never edits. This order is the order of application; the numbers in the names are labels, and
    /// two rows with number 8 that are recorded in databases keep theirs.
    package static let migrations: [Migration] = [
        .m0001Init, .m0002Sources, .m0003Events, .m0004Catalog, .m0005Verification, .m0006Notifications, .m0008EventEnvelope,
        .m0008APIKeys, .m0014Debts, .m0009Access, .m0010KeptReplies, .m0012Notices, .m0013Backup, .m0015JobTriggers,
        .m0016AuditRepeats, .m0018TraceState, .m0019JobReferences, .m0021Repairs,
    ]
}
