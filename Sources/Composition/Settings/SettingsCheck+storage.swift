import Domain
import ObjectStorage
import Primitives

extension SettingsCheck {
    /// Where archives are kept; nil when nothing says so.
    mutating func storage() -> Settings.StorageChoice? {
        guard let text = text("STORAGE_URL") else { return nil }
        if text.hasPrefix("s3:") { return bucket(text).map { .bucket($0) } }
        guard text.hasPrefix("file:///"), text.utf8.count > 8, !text.split(separator: "/").contains("..") else {
            mistake("STORAGE_URL", "must be file:// and an absolute path, or s3://bucket/prefix, not \(text)")
            return nil
        }
        return .folder(String(text.dropFirst(7)))
    }

    private mutating func bucket(_ address: String) -> S3Location? {
        let addressing = choice("S3_ADDRESSING", ["auto": nil, "path": .path, "virtual": .virtual] as [String: S3Location.Addressing?])
        let region = text("S3_REGION") ?? "us-east-1"
        if !region.utf8.allSatisfy({ $0 == 0x2D || (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) }) {
            mistake("S3_REGION", "must be a name in lower-case letters, such as eu-central-1")
        }
        let named = self.address("S3_ENDPOINT")
        let endpoint = try? SiteURL(named ?? "https://s3.\(region).amazonaws.com")
        if let endpoint, endpoint.path != "/" || endpoint.query != nil || endpoint.hadUserInfo {
            mistake("S3_ENDPOINT", "must be an address without a path, user or query")
        }
        if text("S3_ACCESS_KEY") == nil { require("S3_ACCESS_KEY", " with a bucket") }
        if text("S3_SECRET_KEY") == nil { require("S3_SECRET_KEY", " with a bucket") }
        guard let parts = S3Location.parts(address) else {
            mistake("STORAGE_URL", "must name a bucket, s3://bucket/prefix, not \(address)")
            return nil
        }
        guard let endpoint, let access = text("S3_ACCESS_KEY"), let secret = text("S3_SECRET_KEY") else { return nil }
        return S3Location(
            endpoint: endpoint, region: region, addressing: addressing ?? (named == nil ? .virtual : .path), bucket: parts.bucket,
            prefix: parts.prefix, accessKey: Redacted(access), secretKey: Redacted(secret))
    }
}

extension Settings.StorageChoice {
    /// The secret in it.
    var secretKey: Redacted<String>? {
        guard case .bucket(let location) = self else { return nil }
        return location.secretKey
    }
}
