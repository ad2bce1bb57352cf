import Domain
import ObjectStorage
import Operations
import Primitives

extension SettingsCheck {
    /// A place for objects; nil when nothing says so.
    ///
    /// - Parameter name: the setting that says so.
    mutating func storage(_ name: String) -> Settings.StorageChoice? {
        guard let text = text(name) else { return nil }
        if text.hasPrefix("s3:") { return bucket(text, name).map { .bucket($0) } }
        guard text.hasPrefix("file:///"), text.utf8.count > 8, !text.split(separator: "/").contains("..") else {
            mistake(name, "must be file:// and an absolute path, or s3://bucket/prefix, not \(text)")
            return nil
        }
        return .folder(String(text.dropFirst(7)))
    }

    /// The key of the backups, which must have its form even where nothing is encrypted yet.
    mutating func backupKey() -> Redacted<String>? {
        guard let key = text("BACKUP_KEY").map({ Redacted($0) }) else { return nil }
        if (try? BackupKey(key)) == nil { mistake("BACKUP_KEY", "must be 64 hexadecimal digits, such as openssl rand -hex 32 prints") }
        return key
    }

    private mutating func bucket(_ address: String, _ name: String) -> S3Location? {
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
            mistake(name, "must name a bucket, s3://bucket/prefix, not \(address)")
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
