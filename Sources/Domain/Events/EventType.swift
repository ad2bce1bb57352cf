/// Every type of event that the product writes; `docs/event.schema.json` describes each.
package enum EventType: String, Sendable, Hashable, CaseIterable {
    case downloadBegin = "boundary.download.begin"
    case downloadSuccess = "boundary.download.success"
    case downloadError = "boundary.download.error"
    case extractionBegin = "boundary.extraction.begin"
    case extractionSuccess = "boundary.extraction.success"
    case extractionError = "boundary.extraction.error"
    case validationBegin = "boundary.validation.begin"
    case validationSuccess = "boundary.validation.success"
    case validationError = "boundary.validation.error"
    case latestBegin = "boundary.latest.begin"
    case latestSuccess = "boundary.latest.success"
    case latestError = "boundary.latest.error"
    /// A transaction of the catalog was committed.
    case commit = "db.tx.commit"
    /// A transaction of the catalog was rolled back.
    case rollback = "db.tx.rollback"
    /// Something was to go over the boundary of a transaction: what the gate said.
    case boundaryCheck = "db.boundary.check"
    /// A migration of the schema was applied.
    case migrated = "db.migrate.applied"
    /// A slot's `LATEST.json` is not what the database says.
    case latestMismatch = "db.latest.mismatch"
    case doctorBegin = "catalog.doctor.begin"
    /// The doctor found a difference of rows and files.
    case doctorFound = "catalog.doctor.issue_found"
    /// The doctor repaired a difference.
    case doctorFixed = "catalog.doctor.fixed"
    case doctorComplete = "catalog.doctor.complete"
    case pruneBegin = "catalog.prune.begin"
    /// Files without rows were old enough to go.
    case pruneFound = "catalog.prune.orphan_found"
    case pruneComplete = "catalog.prune.complete"
    /// Index and catalog were compared with what they are made from.
    case reconciled = "catalog.reconcile.complete"
    /// A gate stopped something.
    case gate = "policy.gate"
    /// A gate could not decide, and therefore stopped something.
    case gateError = "policy.error"
    /// What a process stored in one interval.
    case storagePut = "storage.put"
    /// What a process moved in its storage in one interval.
    case storageMove = "storage.mv"
    /// What a process removed from its storage in one interval.
    case storageDelete = "storage.delete"
    /// A slot's `LATEST.json` was written.
    case storageLatest = "storage.latest.set"
    /// What a process fetched from one host in one interval.
    case request = "net.request"
    /// What the limit of the API let through and refused in one interval.
    case acquire = "ratelimit.acquire"
    /// A host asked to be left alone, in one interval.
    case cooldown = "ratelimit.cooldown"
    /// A statement took more than 500 ms.
    case slowQuery = "perf.slow_query"
    /// Something else took more than a second.
    case slowOperation = "perf.slow_operation"
    /// An operator began a command of the group `artifacts` that may change something; the two below tell how it ended. So with the other groups.
    case artifactsBegin = "cli.artifacts.begin"
    case artifactsSuccess = "cli.artifacts.success"
    case artifactsError = "cli.artifacts.error"
    case databaseBegin = "cli.db.begin"
    case databaseSuccess = "cli.db.success"
    case databaseError = "cli.db.error"
    case keysBegin = "cli.keys.begin"
    case keysSuccess = "cli.keys.success"
    case keysError = "cli.keys.error"
    /// An archive was extracted.
    case extractDone = "extract.done"
    /// An archive was refused, or could not be read.
    case extractError = "extract.error"
}
