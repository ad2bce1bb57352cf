/// The rows of the catalog: what writes them, and what those who write and repair must know.
///
/// Methods throw ``Fault``, transient when the database is away; a cancelled call leaves a whole transaction or none.
package protocol CatalogStore: CatalogUpkeep {
    // MARK: Boundaries

    /// Takes the slot for the crossing and writes its `begin` event, before the files are touched.
    ///
    /// - Parameter duration: how long the claim holds when its holder dies.
    /// - Returns: false when somebody else has the slot.
    func begin(_ crossing: BoundaryCrossing, for duration: Duration) async throws -> Bool

    /// Writes `change`, the `success` event and `db.tx.commit`, and gives the slot back, in one transaction, after the files are stored.
    ///
    /// - Parameters:
    ///   - filesAreStored: whether the step before succeeded; the boundary gate decides on it.
    ///   - began: when the crossing began, for the event.
    /// - Returns: rows written.
    /// - Throws: ``Fault`` `E_SLOT_LOST` when the claim has gone to another meanwhile; nothing is written then.
    @discardableResult
    func commit(_ crossing: BoundaryCrossing, _ change: CatalogChange, filesAreStored: Bool, began: ContinuousClock.Instant) async throws
        -> Int

    /// Gives the slot back and writes the `error` event and `db.tx.rollback`.
    ///
    /// - Parameter change: what is left of what was staged, written with them unless the slot has gone to another.
    func abort(_ crossing: BoundaryCrossing, _ fault: Fault, leaving change: CatalogChange?) async throws

    /// Takes the slot without an event, for repairs and removals. False when somebody else has it.
    func claim(_ slot: CatalogSlot, holder: String, for duration: Duration) async throws -> Bool

    /// Gives the slot back; nothing happens when another holder has it.
    func release(_ slot: CatalogSlot, holder: String) async throws

    // MARK: Reading

    func version(_ id: String) async throws -> CatalogVersion?

    /// The version that a job took in last; nil when it took in none.
    func version(takenInBy job: JobID) async throws -> CatalogVersion?

    /// The versions of a slot, newest first.
    func versions(of slot: CatalogSlot) async throws -> [CatalogVersion]

    func artifacts(of version: String) async throws -> [Artifact]

    /// By path.
    func files(of version: String) async throws -> [ExtractedFile]

    /// Whether rows name the artifact's bytes, and files below its folder, in this slot.
    func isNamed(_ artifact: String, in slot: CatalogSlot) async throws -> (artifact: Bool, files: Bool)

    func latest(of slot: CatalogSlot) async throws -> LatestPointer?

    /// All pointers, by slot.
    func latestPointers() async throws -> [LatestPointer]

    // MARK: Plans

    /// Keeps a plan; one that is there already stays.
    func keep(_ plan: CatalogPlan) async throws

    func plan(_ id: String) async throws -> CatalogPlan?

    /// The newest plan for these sources.
    func plan(forSources hash: String) async throws -> CatalogPlan?

    /// Keeps the difference of two plans, which are kept already.
    /// - Parameter diff: JSON.
    func keepDiff(from older: String, to newer: String, diff: String) async throws
}
