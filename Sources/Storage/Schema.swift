package import Postgres

/// The schema of the product: every migration, oldest first.
package enum Schema {
    /// Forward-only; a release appends to it and never edits.
    package static let migrations: [Migration] = [
        .m0001Init, .m0002Sources, .m0003Events, .m0004Catalog, .m0005Verification, .m0006Notifications, .m0008EventEnvelope,
        .m0008APIKeys,
    ]
}
