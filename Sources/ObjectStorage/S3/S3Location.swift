package import Domain
import Policy
package import Primitives

/// A bucket of a storage service that speaks the protocol of Amazon S3, and who writes to it.
package struct S3Location: Sendable, Hashable {
    /// How a bucket becomes part of an address.
    package enum Addressing: String, Sendable, Hashable, CaseIterable {
        /// `https://host/bucket/key`.
        case path
        /// `https://bucket.host/key`.
        case virtual
    }

    /// Origin of the service.
    package let endpoint: SiteURL
    /// Such as `eu-central-1`.
    package let region: String
    package let addressing: Addressing
    package let bucket: String
    /// What all keys are below, without slashes at the ends; may be empty.
    package let prefix: String
    package let accessKey: Redacted<String>
    package let secretKey: Redacted<String>

    package init(
        endpoint: SiteURL, region: String, addressing: Addressing, bucket: String, prefix: String, accessKey: Redacted<String>,
        secretKey: Redacted<String>
    ) {
        (self.endpoint, self.region, self.addressing, self.bucket, self.prefix) = (endpoint, region, addressing, bucket, prefix)
        (self.accessKey, self.secretKey) = (accessKey, secretKey)
    }

    /// Bucket and prefix of `s3://bucket/prefix`; nil when it is no such address.
    ///
    /// Source: Amazon S3 user guide, "General purpose bucket naming rules".
    package static func parts(_ address: String) -> (bucket: String, prefix: String)? {
        guard address.hasPrefix("s3://") else { return nil }
        let segments = address.dropFirst(5).split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        let bucket = segments[0]
        let bytes = Array(bucket.utf8)
        guard (3...63).contains(bytes.count), bytes.allSatisfy({ isBucketByte($0) }), isAlphanumeric(bytes[0]),
            isAlphanumeric(bytes[bytes.count - 1]), !bucket.contains("..")
        else { return nil }
        var names = segments.dropFirst()
        if names.last?.isEmpty == true { names.removeLast() }
        if names.isEmpty { return (bucket, "") }
        guard case .accepted(let path) = FilesystemGate().decide(Array(names.joined(separator: "/").utf8)) else { return nil }
        return (bucket, path.description)
    }

    private static func isBucketByte(_ byte: UInt8) -> Bool { isAlphanumeric(byte) || byte == 0x2D || byte == 0x2E }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) }

    // MARK: Addresses

    /// The origin that requests go to.
    var origin: String {
        switch addressing {
        case .path: endpoint.origin
        case .virtual: "\(endpoint.scheme)://\(bucket).\(endpoint.origin.dropFirst(endpoint.scheme.utf8.count + 3))"
        }
    }

    /// The path of the bucket, without a slash at its end.
    var root: String { addressing == .path ? "/\(bucket)" : "" }

    /// The whole key of what has the segments `path` below the prefix.
    func key(_ path: [String]) -> String { (prefix.isEmpty ? path : [prefix] + path).joined(separator: "/") }

    /// `text` percent-encoded as a signature wants it; slashes are kept where they separate.
    static func encoded(_ text: String, keepsSlashes: Bool) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var output: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: output.append(byte)
            case 0x2F where keepsSlashes: output.append(byte)
            default: output += [0x25, digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: output, as: UTF8.self)
    }
}
