import Domain
import Fetch
import FoundationEssentials
import ObjectStorage
import Policy
import Primitives
import TestSupport
import Testing

/// Where objects are kept: the contract holds for each.
enum StoreBackend: String, CaseIterable, CustomTestStringConvertible {
    case folder, bucketInPath, bucketInHost

    var testDescription: String { rawValue }

    /// Runs `body` with an empty store.
    ///
    /// - Parameter crash: called when a write is complete and not yet under its key.
    func withStore<Result>(
        gates: GateRegistry = GateRegistry(), crash: @escaping @Sendable () throws -> Void = {},
        _ body: (any ReadableObjectStore) async throws -> Result
    ) async throws -> Result {
        guard let addressing else {
            return try await withTemporaryDirectory { folder in
                try await body(LocalObjectStore(root: folder + "/store", gates: gates, beforeRename: crash))
            }
        }
        let server = try await TestObjectStorage.shared()
        let fetcher = try HTTPFetcher()
        defer { fetcher.close() }
        let location = try server.location(addressing)
        // Parts of the least size that services take.
        return try await body(
            S3ObjectStore(location, fetcher: fetcher, gates: gates, partSize: .mebibytes(5), beforeCommit: crash))
    }

    private var addressing: S3Location.Addressing? {
        switch self {
        case .folder: nil
        case .bucketInPath: .path
        case .bucketInHost: .virtual
        }
    }
}

extension TestObjectStorage {
    /// A place of its own in the bucket.
    func location(
        _ addressing: S3Location.Addressing = .path, bucket: String? = nil, accessKey: String? = nil, secretKey: String? = nil
    ) throws -> S3Location {
        S3Location(
            endpoint: try SiteURL(endpoint), region: region, addressing: addressing, bucket: bucket ?? self.bucket,
            prefix: "tests/" + UUID().uuidString.lowercased(), accessKey: Redacted(accessKey ?? self.accessKey),
            secretKey: Redacted(secretKey ?? self.secretKey))
    }
}
