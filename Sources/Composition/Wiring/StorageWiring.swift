import Domain
import Fetch
import ObjectStorage
import Policy
import Resilience

extension Settings.StorageChoice {
    /// The store behind the port.
    func store(fetcher: HTTPFetcher, gates: GateRegistry, dependencies: Dependencies) -> any ReadableObjectStore {
        switch self {
        case .folder(let path): LocalObjectStore(root: path, gates: gates)
        case .bucket(let location): S3ObjectStore(location, fetcher: fetcher, gates: gates, dependency: dependencies.of("storage"))
        }
    }
}
