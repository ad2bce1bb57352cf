package import Domain
package import Fetch
import FoundationEssentials
package import Policy
package import Primitives
package import Resilience

/// Objects in a bucket of a service that speaks the protocol of Amazon S3.
///
/// Nothing but the requests of one method is kept in memory, and a put is there as a whole or not at all, because the service sees to that.
/// A rename copies and then deletes: a crash in between leaves both. Objects up to 5 GiB can be renamed.
package struct S3ObjectStore: ObjectStore {
    /// Largest part of an upload; larger files are sent in parts of this size.
    package static let partSize = ByteCount.mebibytes(16)

    let client: S3Client
    let gates: StoreGates
    let partSize: Int
    private let pageSize: Int
    private let beforeCommit: @Sendable () throws -> Void

    private static let latestLimit = ByteCount.kibibytes(4)
    /// Most objects that one request deletes.
    private static let deleted = 1000

    /// - Parameters:
    ///   - fetcher: carries the requests.
    ///   - gates: decides on keys and on the address of the service, and counts.
    ///   - partSize: at least 5 MiB, which services want.
    ///   - pageSize: most objects in one answer to a list, 1 to 1000.
    ///   - dependency: the circuit to the service.
    ///   - sleep: waits between attempts.
    ///   - beforeCommit: called when the parts of a large file are there and the object is not: where a test lets it crash.
    package init(
        _ location: S3Location, fetcher: HTTPFetcher, gates: GateRegistry, partSize: ByteCount = partSize, pageSize: Int = 1000,
        dependency: Dependency = Dependencies().of("storage"),
        sleep: @escaping @Sendable (Duration) async throws -> Void = { try await Task.sleep(for: $0) },
        beforeCommit: @escaping @Sendable () throws -> Void = {}
    ) {
        client = S3Client(location, fetcher: fetcher, gates: gates, dependency: dependency, sleep: sleep)
        (self.gates, self.partSize, self.pageSize) = (StoreGates(gates), max(1, partSize.bytes), pageSize)
        self.beforeCommit = beforeCommit
    }

    package var baseURL: String {
        let location = client.location
        return "s3://" + location.bucket + (location.prefix.isEmpty ? "" : "/" + location.prefix)
    }

    package func putFile(_ path: String, at key: String) async throws -> StoredObject {
        let target = try gates.changing("put", key)
        return try await working {
            let upload = S3Upload(client: client, key: client.location.key(target), partSize: partSize, beforeCommit: beforeCommit)
            try await upload.file(path)
            return try await stored(target)
        }
    }

    package func putBytes(_ bytes: [UInt8], at key: String) async throws -> StoredObject {
        let target = try gates.changing("put", key)
        return try await working {
            _ = try await client.send(S3Client.Request("PUT", client.location.key(target), body: bytes))
            return try await stored(target)
        }
    }

    package func rename(_ key: String, to target: String) async throws {
        let exists = try await exists(key)
        let (source, target) = try gates.renaming(key, exists: exists, to: target)
        guard source != target else { return }
        try await working {
            let location = client.location
            var copy = S3Client.Request("PUT", location.key(target))
            copy.headers["x-amz-copy-source"] = "/" + location.bucket + "/" + S3Location.encoded(location.key(source), keepsSlashes: true)
            do {
                _ = try await client.send(copy)
            } catch {
                guard let failure = error as? S3Failure, failure.code == "NoSuchKey" else { throw error }
                throw Fault(.notFound, code: "E_STORAGE_MOVE", "The source is missing.", field: "key")
            }
            try await remove([location.key(source)])
        }
    }

    package func delete(_ keys: [String]) async throws {
        let paths = try keys.map { try gates.changing("delete", $0) }
        try await working {
            var rest = paths.map { client.location.key($0) }[...]
            while !rest.isEmpty {
                try await remove(Array(rest.prefix(Self.deleted)))
                rest = rest.dropFirst(Self.deleted)
            }
        }
    }

    package func exists(_ key: String) async throws -> Bool { try await stat(key) != nil }

    package func stat(_ key: String) async throws -> StoredObject? {
        let path = try gates.reading(key)
        return try await working { try await find(path) }
    }

    package func list(prefix: String) async throws -> [StoredObject] {
        let path = prefix.isEmpty ? [] : try gates.reading(prefix)
        return try await working {
            let root = client.location.prefix.isEmpty ? "" : client.location.prefix + "/"
            let whole = client.location.key(path)
            var query = ["list-type": "2", "encoding-type": "url", "max-keys": "\(pageSize)"]
            query["prefix"] = whole.isEmpty ? "" : whole + "/"
            var found: [StoredObject] = []
            while true {
                let answer = S3Answer(try await client.send(S3Client.Request("GET", nil, query: query)).body)
                for entry in answer.elements("Contents") {
                    guard let key = entry.value("Key").map(S3Answer.decoded), key.hasPrefix(root), !key.hasSuffix("/"),
                        let bytes = entry.value("Size").flatMap({ Int64($0) }),
                        let modified = entry.value("LastModified").flatMap(S3Answer.seconds(iso:))
                    else { continue }
                    let name = String(key.dropFirst(root.count))
                    let isHidden = name.split(separator: "/").contains { $0.hasPrefix(".") }
                    if !isHidden { found.append(StoredObject(key: name, bytes: bytes, modified: modified)) }
                }
                guard answer.value("IsTruncated") == "true", let token = answer.value("NextContinuationToken") else { break }
                query["continuation-token"] = token
            }
            return found.sorted { $0.key < $1.key }
        }
    }

    package func resolveURL(_ key: String) throws -> String { baseURL + "/" + (try gates.reading(key)).joined(separator: "/") }

    package func setLatestVersion(_ version: String, of slot: String) async throws {
        _ = try await putBytes(Array(try JSONEncoder().encode(LatestVersion(version: version))), at: slot + "/" + LatestVersion.name)
    }

    package func latestVersion(of slot: String) async throws -> String? {
        let path = try gates.reading(slot + "/" + LatestVersion.name)
        return try await working {
            var request = S3Client.Request("GET", client.location.key(path))
            request.limit = Self.latestLimit
            do {
                let body = try await client.send(request).body
                return (try? JSONDecoder().decode(LatestVersion.self, from: Data(body)))?.version
            } catch {
                guard let failure = error as? S3Failure, failure.isNoObject else { throw error }
                return nil
            }
        }
    }

    // MARK: Requests

    private func stored(_ path: [String]) async throws -> StoredObject {
        guard let object = try await find(path) else {
            throw Fault(.serviceUnavailable, code: "E_STORAGE", "The object is gone.", field: "key", isTransient: true)
        }
        return object
    }

    private func find(_ path: [String]) async throws -> StoredObject? {
        guard !path.isEmpty else { return nil }
        do {
            let headers = try await client.send(S3Client.Request("HEAD", client.location.key(path))).headers
            guard let bytes = headers["Content-Length"].flatMap({ Int64($0) }),
                let modified = headers["Last-Modified"].flatMap(S3Answer.seconds(http:))
            else { throw Fault(.serviceUnavailable, code: "E_STORAGE", "The storage tells no size or time of an object.", field: "key") }
            return StoredObject(key: path.joined(separator: "/"), bytes: bytes, modified: modified)
        } catch {
            guard let failure = error as? S3Failure, failure.status == 404 else { throw error }
        }
        // Nothing there: of the object, or of the bucket?
        _ = try await client.send(S3Client.Request("GET", nil, query: ["list-type": "2", "max-keys": "0"]))
        return nil
    }

    /// Deletes up to 1,000 objects by their whole keys.
    private func remove(_ keys: [String]) async throws {
        let objects = keys.map { "<Object><Key>\(S3Answer.escaped($0))</Key></Object>" }.joined()
        try await client.attempts { _ in
            let response = try await client.once(S3Client.deletion(Array("<Delete><Quiet>true</Quiet>\(objects)</Delete>".utf8)))
            if S3Answer(response.body).errorCode != nil { throw S3Failure(response) }
        }
    }

    func working<Result>(_ body: () async throws -> Result) async throws -> Result {
        do {
            return try await body()
        } catch {
            guard let failure = error as? S3Failure else { throw error }
            throw failure.fault
        }
    }
}
