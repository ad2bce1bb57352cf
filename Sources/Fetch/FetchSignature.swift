package import Primitives

/// How a request is signed for a service that wants AWS Signature Version 4.
///
/// libcurl signs what is in the request as it stands: the query must be sorted by name and percent-encoded, a field with a value must be
/// there for every name that is to be signed, and storage services want the SHA-256 of the body in `x-amz-content-sha256`.
/// Source: libcurl manual, `CURLOPT_AWS_SIGV4`; AWS, "Create a signed AWS API request".
package struct FetchSignature: Sendable, Hashable {
    /// Such as `eu-central-1`.
    package let region: String
    /// Such as `s3`.
    package let service: String
    package let accessKey: Redacted<String>
    package let secretKey: Redacted<String>

    package init(region: String, service: String, accessKey: Redacted<String>, secretKey: Redacted<String>) {
        (self.region, self.service, self.accessKey, self.secretKey) = (region, service, accessKey, secretKey)
    }

    /// Whether nothing in it could be read as more than one part of a header.
    var isWellFormed: Bool {
        let names = [region, service, accessKey.reveal()]
        return names.allSatisfy { !$0.isEmpty && $0.utf8.allSatisfy(Self.isPlain) } && !secretKey.reveal().isEmpty
            && secretKey.reveal().utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
        default: false
        }
    }
}
