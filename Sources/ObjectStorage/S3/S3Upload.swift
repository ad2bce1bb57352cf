import Domain
import Fetch
import FoundationEssentials
import Primitives

/// Stores a file: in one request when it fits one part, else in parts that become an object at the end.
struct S3Upload: Sendable {
    let client: S3Client
    let key: String
    let partSize: Int
    let beforeCommit: @Sendable () throws -> Void

    /// Sends the file at `path`.
    /// - Throws: ``S3Failure``, ``Domain/Fault``, `CancellationError`. Parts that were sent are removed then.
    func file(_ path: String) async throws {
        let reader = try PartReader(path, size: partSize)
        let first = try await reader.next()
        guard first.count == partSize else {
            _ = try await client.send(S3Client.Request("PUT", key, body: first))
            return
        }
        let answer = try await client.send(S3Client.Request("POST", key, query: ["uploads": ""]))
        guard let upload = S3Answer(answer.body).value("UploadId") else {
            throw Fault(.serviceUnavailable, code: "E_STORAGE", "The storage gives no number to an upload.", field: "key")
        }
        do {
            try await parts(first, reader, upload)
        } catch {
            // In a task of its own: a cancelled upload removes its parts too.
            await Task { _ = try? await client.send(S3Client.Request("DELETE", key, query: ["uploadId": upload])) }.value
            throw error
        }
    }

    private func parts(_ first: [UInt8], _ reader: PartReader, _ upload: String) async throws {
        var part = first
        var number = 0
        var bytes = 0
        var list = ""
        while !part.isEmpty {
            number += 1
            bytes += part.count
            let query = ["partNumber": "\(number)", "uploadId": upload]
            let answer = try await client.send(S3Client.Request("PUT", key, query: query, body: part))
            let tag = S3Answer.escaped(answer.headers["ETag"] ?? "")
            list += "<Part><PartNumber>\(number)</PartNumber><ETag>\(tag)</ETag></Part>"
            part = try await reader.next()
        }
        try beforeCommit()
        let body = Array("<CompleteMultipartUpload>\(list)</CompleteMultipartUpload>".utf8)
        let total = bytes
        try await client.attempts { attempt in
            do {
                _ = try await client.once(S3Client.Request("POST", key, query: ["uploadId": upload], body: body))
            } catch {
                // An attempt whose answer was lost may have made the object.
                guard attempt > 1, let failure = error as? S3Failure, failure.code == "NoSuchUpload" else { throw error }
                let head = try await client.once(S3Client.Request("HEAD", key))
                guard head.headers["Content-Length"] == "\(total)" else { throw error }
            }
        }
    }
}

/// The parts of a file, read on a thread of its own.
private struct PartReader: Sendable {
    private let parts: FileParts
    private let size: Int

    init(_ path: String, size: Int) throws(Fault) {
        do throws(RootedFolder.Failure) {
            parts = try FileParts(path)
        } catch {
            throw Self.fault(error)
        }
        self.size = size
    }

    /// The next part: as large as it may be, unless it is the last one; empty behind that.
    func next() async throws -> [UInt8] {
        let (parts, size) = (parts, size)
        do {
            return try await BlockingWork.run { _ in
                var part: [UInt8] = []
                part.reserveCapacity(size)
                while part.count < size {
                    let more = try parts.next(limit: size - part.count)
                    if more.isEmpty { break }
                    part += more
                }
                return part
            }
        } catch {
            guard let failure = error as? RootedFolder.Failure else { throw error }
            throw Self.fault(failure)
        }
    }

    private static func fault(_ failure: RootedFolder.Failure) -> Fault {
        Fault(.serviceUnavailable, code: "E_STORAGE", "The file cannot be read: \(failure).", field: "key")
    }
}
