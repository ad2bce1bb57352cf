import Domain
import Primitives

extension LocalObjectStore: ReadableObjectStore {
    package func fetch(_ key: String, to path: String) async throws {
        let segments = try gates.reading(key)
        guard try await exists(key) else { throw Fault.notFound("object", key) }
        let root = root
        do {
            try await BlockingWork.run { isCancelled in
                try Self.folder(root, makes: false)?.copy(segments, to: path, isCancelled: isCancelled)
            }
        } catch {
            guard let failure = error as? RootedFolder.Failure else { throw error }
            throw Self.fault(failure.description)
        }
    }
}
