package import FoundationEssentials

/// What doctor and pruning ask of the catalog's rows. Methods throw as those of ``CatalogStore``.
package protocol CatalogUpkeep: Sendable {
    /// Compares what lies in the object store with the rows.
    ///
    /// - Parameters:
    ///   - objects: all objects below `artifacts/` and `extracted/`, without the mirrors.
    ///   - started: when their listing began: younger rows are not judged.
    func look(at objects: [StoredObject], started: Date) async throws -> CatalogLook

    /// How many objects the rows name.
    func namedObjects() async throws -> Int

    /// Those of `keys` that a row names.
    func named(_ keys: [String]) async throws -> Set<String>

    /// Corrects rows whose files are gone: the artifact counts as failed with `E_MISSING`, the file's row goes, and the source of the version
    /// is asked for again.
    func dropMissing(_ missing: [MissingObject]) async throws

    /// Points the slot at its newest published version whose artifact is kept, or removes the pointer when there is none.
    /// - Returns: what is the latest now.
    func repoint(_ slot: CatalogSlot, by: String) async throws -> String?

    /// Slots whose latest version has no artifact any more.
    func slotsWithoutBytes() async throws -> [CatalogSlot]

    /// The versions that a pruning may take, oldest first: not the latest of their slot, nor among its newest, nor too young.
    ///
    /// - Parameter slot: nil for all slots.
    func prunable(_ rules: PruneRules, in slot: CatalogSlot?, limit: Int) async throws -> [CatalogVersion]

    /// Removes versions of one slot with all their rows; the latest one stays.
    /// - Returns: the artifacts that they had.
    func forget(_ versions: [String], of slot: CatalogSlot) async throws -> [String]

    /// Removes events that are older than `age`, at most 5,000 at once.
    /// - Parameter isDryRun: count only.
    func forgetEvents(olderThan age: Duration, isDryRun: Bool) async throws -> Int

    /// Writes an event that belongs to no job.
    func note(_ type: String, _ level: EventLevel, _ payload: [String: String]) async throws
}

/// How long what is kept.
package struct PruneRules: Sendable, Hashable {
    /// Versions of a slot that stay, the latest one included. Default 5.
    package var keep = 5
    /// Versions younger than this stay. Default none.
    package var minimumAge: Duration = .zero
    /// Files without rows, and versions that were never published, stay so long. Default 30 days.
    package var orphanAge: Duration = .seconds(30 * 86_400)
    /// Events stay so long. Default 90 days.
    package var eventAge: Duration = .seconds(90 * 86_400)

    package init() {}
}

/// Where rows and files differ.
package struct CatalogLook: Sendable {
    package var missing: [MissingObject]
    package var orphans: [OrphanObject]

    package init(missing: [MissingObject], orphans: [OrphanObject]) { (self.missing, self.orphans) = (missing, orphans) }
}

/// A row whose file is missing or has another size.
package struct MissingObject: Sendable, Hashable {
    package var slot: CatalogSlot
    package var isArtifact: Bool
    package var version: String
    package var artifact: String
    /// Path of the file, or name of the artifact.
    package var path: String
    package var key: String
    /// Size that the row says.
    package var bytes: Int64
    /// Size that was found; nil when nothing was.
    package var foundBytes: Int64?

    package init(
        slot: CatalogSlot, isArtifact: Bool, version: String, artifact: String, path: String, key: String, bytes: Int64, foundBytes: Int64?
    ) {
        (self.slot, self.isArtifact, self.version, self.artifact) = (slot, isArtifact, version, artifact)
        (self.path, self.key, self.bytes, self.foundBytes) = (path, key, bytes, foundBytes)
    }
}

/// A file that no row names.
package struct OrphanObject: Sendable, Hashable {
    /// Second part of the key; may be no slot at all.
    package var slot: String
    package var isArtifact: Bool
    package var key: String
    package var bytes: Int64
    package var modified: Date

    package init(slot: String, isArtifact: Bool, key: String, bytes: Int64, modified: Date) {
        (self.slot, self.isArtifact, self.key, self.bytes, self.modified) = (slot, isArtifact, key, bytes, modified)
    }
}
