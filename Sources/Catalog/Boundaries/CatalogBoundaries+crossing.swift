import Domain
import FoundationEssentials
import Primitives

extension CatalogBoundaries {
    /// Crosses a boundary: takes the slot, runs the file step, commits the rows. On failure nothing is committed, and the slot is free again.
    func cross(_ crossing: BoundaryCrossing, _ fileStep: () async throws -> CatalogChange) async throws {
        let began = ContinuousClock.now
        try await take(crossing)
        do {
            let change = try await fileStep()
            try Task.checkCancellation()
            try await catalog.commit(crossing, change, filesAreStored: true, began: began)
        } catch {
            let fault = error as? Fault ?? Self.fault(error)
            // In a task of its own: a cancelled job gives its slot back too. When that fails, the claim runs out.
            await Task { [catalog] in try? await catalog.abort(crossing, fault, leaving: nil) }.value
            throw error
        }
    }

    /// Waits for the slot.
    func take(_ crossing: BoundaryCrossing) async throws {
        let deadline = Deadline.after(timing.patience)
        var attempt = 1
        while try await !catalog.begin(crossing, for: timing.claim) {
            guard !deadline.hasPassed else { throw Self.busy(crossing.slot) }
            try await Task.sleep(for: timing.backoff.delay(afterAttempt: attempt))
            attempt += 1
        }
    }

    /// Runs `body` while the slot belongs to it alone, without an event.
    func withSlot<Result>(_ slot: CatalogSlot, _ body: () async throws -> Result) async throws -> Result {
        let holder = UUID().uuidString.lowercased()
        let deadline = Deadline.after(timing.patience)
        var attempt = 1
        while try await !catalog.claim(slot, holder: holder, for: timing.claim) {
            guard !deadline.hasPassed else { throw Self.busy(slot) }
            try await Task.sleep(for: timing.backoff.delay(afterAttempt: attempt))
            attempt += 1
        }
        do {
            let result = try await body()
            try await catalog.release(slot, holder: holder)
            return result
        } catch {
            await Task { [catalog] in try? await catalog.release(slot, holder: holder) }.value
            throw error
        }
    }

    /// Removes the files of the version's artifacts that no row names any more.
    func removeUnnamed(_ slot: CatalogSlot, version: String) async throws {
        let artifacts = try await catalog.artifacts(of: version).map(\.id)
        try await withSlot(slot) { try await removeUnnamed(slot, artifacts: artifacts) }
    }

    /// As above, for a caller that has the slot.
    func removeUnnamed(_ slot: CatalogSlot, artifacts: [String]) async throws {
        for artifact in artifacts {
            let named = try await catalog.isNamed(artifact, in: slot)
            if !named.artifact { try await objects.delete(["\(slot.artifacts)/\(artifact)"]) }
            if !named.files { try await objects.deleteFolder("\(slot.extracted)/\(artifact)") }
        }
    }

    func crossing(_ boundary: CatalogBoundary, _ artifact: KeptArtifact) -> BoundaryCrossing {
        crossing(boundary, artifact.slot, artifact.job, version: artifact.version, artifact: artifact.id)
    }

    /// A job that is run again takes over what it claimed before it died.
    func crossing(
        _ boundary: CatalogBoundary, _ slot: CatalogSlot, _ job: RunningJob?, version: String, artifact: String? = nil
    ) -> BoundaryCrossing {
        let run = job?.lease.map { "\($0.fence)" } ?? UUID().uuidString.lowercased()
        let holder = BoundaryCrossing.holders(of: job).map { $0 + run } ?? run
        return BoundaryCrossing(boundary, slot: slot, holder: holder, job: job, version: version, artifact: artifact)
    }

    private static func busy(_ slot: CatalogSlot) -> Fault {
        Fault(
            .conflict, code: "E_SLOT_BUSY", "Another process works on the files of \(slot).", hint: "Try again in some minutes.",
            isTransient: true)
    }

    private static func fault(_ error: any Error) -> Fault {
        if error is CancellationError { return Fault(.cancelled, code: "E_CANCELLED", "The operation was cancelled.") }
        return Fault(.internal, code: "E_INTERNAL", "The crossing failed.")
    }
}
