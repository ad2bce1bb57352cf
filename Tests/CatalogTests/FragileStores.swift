import Domain
import FoundationEssentials
import Primitives

/// A process that dies at one of its calls, before or after the call was done. What is dead does nothing any more: no call gets through.
final class Mortal: Sendable {
    struct Death: Error {}
    enum Moment: CaseIterable, Sendable { case before, after }

    private let state: Locked<(calls: Int, isDead: Bool)> = Locked((0, false))
    private let last: Int
    private let moment: Moment
    private let onDeath: @Sendable () -> Void

    /// - Parameters:
    ///   - last: the number of the call, from 1.
    ///   - onDeath: called at the moment of death.
    init(last: Int, _ moment: Moment, onDeath: @escaping @Sendable () -> Void = {}) {
        (self.last, self.moment, self.onDeath) = (last, moment, onDeath)
    }

    var calls: Int { state.withLock { $0.calls } }

    /// Whether it died.
    var isDead: Bool { state.withLock { $0.isDead } }

    func perform<Result>(_ body: () async throws -> Result) async throws -> Result {
        let (call, isDead) = state.withLock { state in
            state.calls += 1
            return (state.calls, state.isDead)
        }
        if isDead { throw Death() }
        if call == last, moment == .before { try die() }
        let result = try await body()
        if call == last, moment == .after { try die() }
        return result
    }

    func die() throws {
        state.withLock { $0.isDead = true }
        onDeath()
        throw Death()
    }
}

/// An object store of a process that dies.
struct MortalObjects: ObjectStore {
    let store: any ObjectStore
    let life: Mortal

    var baseURL: String { store.baseURL }
    func putFile(_ path: String, at key: String) async throws -> StoredObject {
        try await life.perform { try await store.putFile(path, at: key) }
    }
    func putBytes(_ bytes: [UInt8], at key: String) async throws -> StoredObject {
        try await life.perform { try await store.putBytes(bytes, at: key) }
    }
    func rename(_ key: String, to target: String) async throws { try await life.perform { try await store.rename(key, to: target) } }
    func delete(_ keys: [String]) async throws { try await life.perform { try await store.delete(keys) } }
    func exists(_ key: String) async throws -> Bool { try await life.perform { try await store.exists(key) } }
    func stat(_ key: String) async throws -> StoredObject? { try await life.perform { try await store.stat(key) } }
    func list(prefix: String) async throws -> [StoredObject] { try await life.perform { try await store.list(prefix: prefix) } }
    func resolveURL(_ key: String) throws -> String { try store.resolveURL(key) }
    func setLatestVersion(_ version: String, of slot: String) async throws {
        try await life.perform { try await store.setLatestVersion(version, of: slot) }
    }
    func latestVersion(of slot: String) async throws -> String? { try await life.perform { try await store.latestVersion(of: slot) } }
    func putFolder(_ folder: String, files: [FolderFile], at prefix: String) async throws {
        try await life.perform { try await store.putFolder(folder, files: files, at: prefix) }
    }
    func deleteFolder(_ prefix: String) async throws { try await life.perform { try await store.deleteFolder(prefix) } }
}

/// A catalog of a process that dies.
struct MortalCatalog: CatalogStore {
    let store: any CatalogStore
    let life: Mortal

    func begin(_ crossing: BoundaryCrossing, for duration: Duration) async throws -> Bool {
        try await life.perform { try await store.begin(crossing, for: duration) }
    }
    func commit(
        _ crossing: BoundaryCrossing, _ change: CatalogChange, filesAreStored: Bool, began: ContinuousClock.Instant
    ) async throws -> Int {
        try await life.perform { try await store.commit(crossing, change, filesAreStored: filesAreStored, began: began) }
    }
    func abort(_ crossing: BoundaryCrossing, _ fault: Fault, leaving change: CatalogChange?) async throws {
        try await life.perform { try await store.abort(crossing, fault, leaving: change) }
    }
    func claim(_ slot: CatalogSlot, holder: String, for duration: Duration) async throws -> Bool {
        try await life.perform { try await store.claim(slot, holder: holder, for: duration) }
    }
    func release(_ slot: CatalogSlot, holder: String) async throws {
        try await life.perform { try await store.release(slot, holder: holder) }
    }
    func version(_ id: String) async throws -> CatalogVersion? { try await life.perform { try await store.version(id) } }
    func version(takenInBy job: JobID) async throws -> CatalogVersion? {
        try await life.perform { try await store.version(takenInBy: job) }
    }
    func versions(of slot: CatalogSlot) async throws -> [CatalogVersion] { try await life.perform { try await store.versions(of: slot) } }
    func artifacts(of version: String) async throws -> [Artifact] { try await life.perform { try await store.artifacts(of: version) } }
    func files(of version: String) async throws -> [ExtractedFile] { try await life.perform { try await store.files(of: version) } }
    func isNamed(_ artifact: String, in slot: CatalogSlot) async throws -> (artifact: Bool, files: Bool) {
        try await life.perform { try await store.isNamed(artifact, in: slot) }
    }
    func latest(of slot: CatalogSlot) async throws -> LatestPointer? { try await life.perform { try await store.latest(of: slot) } }
    func latestPointers() async throws -> [LatestPointer] { try await life.perform { try await store.latestPointers() } }
    func keep(_ plan: CatalogPlan) async throws { try await life.perform { try await store.keep(plan) } }
    func plan(_ id: String) async throws -> CatalogPlan? { try await life.perform { try await store.plan(id) } }
    func plan(forSources hash: String) async throws -> CatalogPlan? { try await life.perform { try await store.plan(forSources: hash) } }
    func keepDiff(from older: String, to newer: String, diff: String) async throws {
        try await life.perform { try await store.keepDiff(from: older, to: newer, diff: diff) }
    }
    func look(at objects: [StoredObject], started: Date) async throws -> CatalogLook {
        try await life.perform { try await store.look(at: objects, started: started) }
    }
    func namedObjects() async throws -> Int { try await life.perform { try await store.namedObjects() } }
    func named(_ keys: [String]) async throws -> Set<String> { try await life.perform { try await store.named(keys) } }
    func dropMissing(_ missing: [MissingObject]) async throws { try await life.perform { try await store.dropMissing(missing) } }
    func repoint(_ slot: CatalogSlot, by: String) async throws -> String? {
        try await life.perform { try await store.repoint(slot, by: by) }
    }
    func slotsWithoutBytes() async throws -> [CatalogSlot] { try await life.perform { try await store.slotsWithoutBytes() } }
    func prunable(_ rules: PruneRules, in slot: CatalogSlot?, limit: Int) async throws -> [CatalogVersion] {
        try await life.perform { try await store.prunable(rules, in: slot, limit: limit) }
    }
    func forget(_ versions: [String], of slot: CatalogSlot) async throws -> [String] {
        try await life.perform { try await store.forget(versions, of: slot) }
    }
    func forgetEvents(olderThan age: Duration, isDryRun: Bool) async throws -> Int {
        try await life.perform { try await store.forgetEvents(olderThan: age, isDryRun: isDryRun) }
    }
    func note(_ type: String, _ level: EventLevel, _ payload: [String: String]) async throws {
        try await life.perform { try await store.note(type, level, payload) }
    }
}
