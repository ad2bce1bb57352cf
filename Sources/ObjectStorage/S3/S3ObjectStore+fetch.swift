import Domain
import Fetch
import Primitives

extension S3ObjectStore: ReadableObjectStore {
    /// Part by part, each tried again by itself: an object of any size takes the memory of one part.
    package func fetch(_ key: String, to path: String) async throws {
        guard let object = try await stat(key) else { throw Fault.notFound("object", key) }
        let target = client.location.key(try gates.reading(key))
        let writer = try Self.disk { () throws(RootedFolder.Failure) in try FileWriter(path) }
        var offset: Int64 = 0
        while offset < object.bytes {
            let end = min(offset + Int64(partSize), object.bytes)
            var request = S3Client.Request("GET", target)
            request.headers["Range"] = "bytes=\(offset)-\(end - 1)"
            request.limit = ByteCount(bytes: partSize)
            let expected = Int(end - offset)
            let ranged = request
            let part = try await working { try await client.send(ranged).body }
            guard part.count == expected else {
                throw Fault(
                    .serviceUnavailable, code: "E_STORAGE", "The storage sent another part of an object than was asked for.", field: "key",
                    isTransient: true)
            }
            try await BlockingWork.run { _ in try Self.disk { () throws(RootedFolder.Failure) in try writer.append(part) } }
            offset = end
        }
        try await BlockingWork.run { _ in try Self.disk { () throws(RootedFolder.Failure) in try writer.finish() } }
    }

    private static func disk<Result>(_ body: () throws(RootedFolder.Failure) -> Result) throws -> Result {
        do throws(RootedFolder.Failure) {
            return try body()
        } catch {
            throw Fault(.resourceExhausted, code: "E_STORAGE", "The file cannot be written: \(error).", field: "key")
        }
    }
}
