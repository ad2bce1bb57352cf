import Domain
import FoundationEssentials
import Primitives

/// Keeps nothing, and tells who came by.
final class RecordingIntake: ArtifactIntake {
    private let state = Locked((crossings: [String](), files: [ArtifactFile]()))

    var crossings: [String] { state.withLock { $0.crossings } }
    var files: [ArtifactFile] { state.withLock { $0.files } }

    func download(_ arrival: ArtifactArrival) async throws -> KeptArtifact {
        state.withLock { $0.crossings.append("download \(arrival.digest)") }
        guard let slot = CatalogSlot(rawValue: "test") else { throw Fault.notFound("slot", "test") }
        return KeptArtifact(slot: slot, version: "version", id: arrival.digest, storageKey: "key", job: arrival.job)
    }

    func extract(_ artifact: KeptArtifact, folder: String?, files: [ArtifactFile]) async throws {
        state.withLock { state in
            state.crossings.append("extract \(artifact.id)")
            state.files += files
        }
        // As the catalog does when its storage is on the same disk.
        if let folder { try FileManager.default.moveItem(atPath: folder, toPath: folder + ".taken") }
    }

    func refuse(_ artifact: KeptArtifact, _ fault: Fault) async throws {
        state.withLock { $0.crossings.append("refuse \(artifact.id) \(fault.code)") }
    }
}
