import Digests
package import Domain
import FoundationEssentials
package import Primitives

/// The boundaries between what is on the disk and what the catalog says: the files first, then the rows, in one transaction with the events.
///
/// Each crossing takes the slot before it touches a file and gives it back with its rows, so that nobody judges or removes files that
/// have no rows yet. A process that dies in between leaves files without rows, which the next run of the same job takes, or the doctor.
package struct CatalogBoundaries: ArtifactIntake {
    let catalog: any CatalogStore
    package let objects: any ObjectStore
    let timing: Timing

    /// Times of crossings.
    package struct Timing: Sendable {
        /// How long a claim outlives a holder that died.
        package var claim: Duration = .seconds(300)
        /// How long another holder is waited for.
        package var patience: Duration = .seconds(60)
        package var backoff = Backoff(base: .milliseconds(50), limit: .seconds(2))

        package init() {}
    }

    package init(catalog: any CatalogStore, objects: any ObjectStore, timing: Timing = Timing()) {
        (self.catalog, self.objects, self.timing) = (catalog, objects, timing)
    }

    // MARK: Download and extraction

    package func download(_ arrival: ArtifactArrival) async throws -> KeptArtifact {
        let slot = try Self.slot(arrival.kind, source: arrival.source)
        let (key, id) = ("\(slot.artifacts)/\(arrival.digest)", Self.version(slot, artifacts: [arrival.digest]))
        let crossing = crossing(.download, slot, arrival.job, version: id, artifact: arrival.digest)
        let name = arrival.name.isEmpty ? "artifact" : String(arrival.name.unicodeScalars.prefix(255))
        let version = CatalogVersion(
            id: id, service: arrival.kind.rawValue, slot: slot, label: String("\(name)@\(arrival.digest.prefix(12))".suffix(200)),
            documentation: arrival.job?.documentation, job: arrival.job?.id, plan: arrival.plan, createdAt: Date())
        try await cross(crossing) {
            let isKnown = try await catalog.artifacts(of: id).contains { $0.id == arrival.digest && $0.storageKey == key }
            let isStored = try await objects.stat(key)?.bytes == arrival.size
            if !isStored {
                switch arrival.content {
                case .file(let path): _ = try await objects.putFile(path, at: key)
                case .bytes(let bytes): _ = try await objects.putBytes(bytes, at: key)
                }
            }
            let artifact = Artifact(
                id: arrival.digest, version: id, status: isKnown && isStored ? .cached : .fresh, name: name, storageKey: key,
                bytes: arrival.size, sourceURL: String(arrival.url.prefix(2048)), etag: arrival.etag, lastModified: arrival.lastModified,
                fetchedAt: Date())
            return .arrival(version, [artifact])
        }
        return KeptArtifact(slot: slot, version: id, id: arrival.digest, storageKey: key, job: arrival.job)
    }

    package func extract(_ artifact: KeptArtifact, folder: String?, files: [ArtifactFile]) async throws {
        let prefix = "\(artifact.slot.extracted)/\(artifact.id)"
        try await cross(crossing(.extraction, artifact)) {
            if let folder {
                try await objects.putFolder(folder, files: files.map { FolderFile(path: $0.path, bytes: $0.bytes) }, at: prefix)
            }
            return .files(
                files.map {
                    ExtractedFile(
                        path: $0.path, bytes: $0.bytes, digest: $0.digest,
                        storageKey: folder == nil ? artifact.storageKey : "\(prefix)/\($0.path)")
                })
        }
    }

    package func refuse(_ artifact: KeptArtifact, _ fault: Fault) async throws {
        let crossing = crossing(.extraction, artifact)
        try await take(crossing)
        // The row first: it points at the file.
        try await catalog.abort(crossing, fault, leaving: .refusal(code: fault.code))
        try await removeUnnamed(artifact.slot, version: artifact.version)
    }

    // MARK: Validation and latest

    /// Records what validators found, in place of what they found before.
    package func validate(_ version: CatalogVersion, job: RunningJob?, _ validations: [FileValidation]) async throws {
        try await cross(crossing(.validation, version.slot, job, version: version.id)) { .validations(validations) }
    }

    /// Lets go of a version that did not pass; the failures stay. One that was published before stays too.
    package func purge(_ version: CatalogVersion, job: RunningJob?, _ fault: Fault, _ failures: [FileValidation]) async throws {
        let crossing = crossing(.validation, version.slot, job, version: version.id)
        try await take(crossing)
        try await catalog.abort(crossing, fault, leaving: .purge(failures))
        try await removeUnnamed(version.slot, version: version.id)
    }

    /// Makes a version the latest one of its slot, and mirrors that in `LATEST.json`.
    ///
    /// - Parameter by: who does it, 1 to 200 characters.
    /// - Throws: ``Domain/Fault`` `E_LATEST_MISMATCH` for a version that is not of the slot, was rejected, or whose artifact is gone.
    package func setLatest(_ version: String, of slot: CatalogSlot, by: String) async throws {
        try await cross(crossing(.latest, slot, nil, version: version)) { .latest(by: by) }
        try await mirror(slot)
    }

    /// Writes what the database says into the slot's `LATEST.json`; removes it when the slot has no latest version.
    package func mirror(_ slot: CatalogSlot) async throws {
        guard let pointer = try await catalog.latest(of: slot) else {
            return try await objects.delete([slot.artifacts + "/LATEST.json"])
        }
        if try await objects.latestVersion(of: slot.artifacts) != pointer.version {
            try await objects.setLatestVersion(pointer.version, of: slot.artifacts)
        }
    }

    // MARK: Names

    /// The slot of a source.
    package static func slot(_ kind: SourceKind, source: String) throws(Fault) -> CatalogSlot {
        guard let slot = CatalogSlot(rawValue: "\(kind)-" + SHA256.hash(source).hexadecimal.prefix(16)) else {
            throw .invalid(field: "kind", "The kind \(kind) makes no slot.")
        }
        return slot
    }

    /// The version that consists of `artifacts`, whatever their order.
    package static func version(_ slot: CatalogSlot, artifacts: [String]) -> String {
        String(SHA256.hash(([slot.rawValue] + artifacts.sorted()).joined(separator: "\n")).hexadecimal.prefix(32))
    }
}
