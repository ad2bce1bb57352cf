import Composition
import Domain
import FoundationEssentials
import ObjectStorage
import Primitives
import TestSupport
import Testing

@Suite struct SettingsTests {
    private let complete = [
        "PORTOLAN_DATABASE_URL": "postgresql://localhost/portolan", "PORTOLAN_REDIS_URL": "redis://localhost",
        "PORTOLAN_TOKEN": "0123456789abcdef",
    ]

    private func mistakes(_ environment: [String: String], needs: Set<Settings.Need> = []) -> [String] {
        do throws(SettingsError) {
            _ = try Settings(SettingsSource(environment: environment), needs: needs)
            return []
        } catch {
            return error.lines
        }
    }

    /// Every process that a test or a check starts gets them, and a variable that is none of its settings would stop it.
    @Test func `what CI exports for tests stops no process`() throws {
        let script = try String(contentsOf: URL(filePath: TestData.packageDirectory + "/.ci/run"), encoding: .utf8)
        let exported = script.split(separator: "\n").filter { $0.hasPrefix("export PORTOLAN_") }
            .compactMap { $0.dropFirst("export ".count).split(separator: "=").first.map(String.init) }
        #expect(!exported.isEmpty)
        for name in exported { #expect(mistakes(complete.merging([name: "1"]) { $1 }) == [], "\(name)") }
    }

    @Test func `the defaults are those of the documentation`() throws {
        let settings = try Settings(SettingsSource(environment: complete), needs: [.database, .redis, .publicPort])
        #expect(settings.port == 8080)
        #expect(settings.adminPort == 9464)
        #expect(settings.bind == "127.0.0.1")
        #expect(settings.ingestionSlots == 3)
        #expect(settings.rateLimit == .roles)
        #expect(settings.leaseDuration == .seconds(120))
        #expect(settings.allowedNetworks.isEmpty)
    }

    @Test(arguments: [
        ("PORTOLAN_PORT", "70000", "PORTOLAN_PORT: must be a whole number from 0 to 65535, not 70000"),
        ("PORTOLAN_PORT", "abc", "PORTOLAN_PORT: must be a whole number from 0 to 65535, not abc"),
        ("PORTOLAN_AUTH", "saml", "PORTOLAN_AUTH: must be one of oauth, off, token, not saml"),
        ("PORTOLAN_OAUTH_ISSUER", "https://id.example.com", "PORTOLAN_OAUTH_ISSUER: is for PORTOLAN_AUTH=oauth"),
        ("PORTOLAN_TRUSTED_PROXIES", "everyone", "PORTOLAN_TRUSTED_PROXIES: is no network in CIDR notation: everyone"),
        (
            "PORTOLAN_CORS_ORIGINS", "app.example.com",
            "PORTOLAN_CORS_ORIGINS: must name origins such as https://app.example.com, not app.example.com"
        ),
        ("PORTOLAN_RATE_LIMIT", "fast", "PORTOLAN_RATE_LIMIT: must be roles, off, or a number of requests a second such as 50/s, not fast"),
        ("PORTOLAN_ALLOWED_NETWORKS", "10.0.0.0/99", "PORTOLAN_ALLOWED_NETWORKS: is no network in CIDR notation: 10.0.0.0/99"),
        ("PORTOLAN_PUBLIC_URL", "ftp://x", "PORTOLAN_PUBLIC_URL: must be an http or https address"),
        ("PORTOLAN_LOG_LEVEL", "loud", "PORTOLAN_LOG_LEVEL: is no level: loud"),
        ("PORTOLAN_LOG_FORMAT", "xml", "PORTOLAN_LOG_FORMAT: must be json or text, not xml"),
        ("PORTOLAN_TOKEN", "short", "PORTOLAN_TOKEN: must have at least 16 characters"),
        ("PORTOLAN_EMBEDDER", "https://models.example/v1", "PORTOLAN_EMBEDDER_MODEL: is required with an embedding server"),
        ("PORTOLAN_REDIS_CA_FILE", "/nonexistent.pem", "PORTOLAN_REDIS_CA_FILE: cannot be read: /nonexistent.pem"),
        ("PORTOLAN_REDIS_CA_FILE", "/etc/hostname", "PORTOLAN_REDIS_CA_FILE: is for a rediss:// URL, which PORTOLAN_REDIS_URL is not"),
        ("PORTOLAN_CREDENTIALS_DIR", "credentials", "PORTOLAN_CREDENTIALS_DIR: must be an absolute path"),
        ("PORTOLAN_TYPO", "1", "PORTOLAN_TYPO: no such setting"),
        ("PORTOLAN_DATABASE_UR", "1", "PORTOLAN_DATABASE_UR: no such setting; is PORTOLAN_DATABASE_URL meant?"),
    ])
    func `a wrong value is one line that names the key`(key: String, value: String, line: String) {
        var environment = complete
        environment[key] = value
        #expect(mistakes(environment) == [line])
    }

    @Test func `every mistake has a line of its own`() {
        let lines = mistakes(["PORTOLAN_PORT": "x", "PORTOLAN_LEASE_SECONDS": "1"], needs: [.database, .redis, .publicPort])
        #expect(lines.count == 5)
        #expect(lines.allSatisfy { $0.hasPrefix("PORTOLAN_") })
    }

    @Test func `authentication may be off on loopback only`() {
        var environment = complete
        environment["PORTOLAN_TOKEN"] = nil
        environment["PORTOLAN_AUTH"] = "off"
        #expect(mistakes(environment, needs: [.publicPort]).isEmpty)
        environment["PORTOLAN_BIND"] = "0.0.0.0"
        #expect(mistakes(environment, needs: [.publicPort]).count == 1)
    }

    @Test func `an identity provider needs its name and that of the api, and no token`() throws {
        var environment = complete
        environment["PORTOLAN_TOKEN"] = nil
        environment["PORTOLAN_AUTH"] = "oauth"
        #expect(mistakes(environment, needs: [.publicPort]).count == 2)
        environment["PORTOLAN_PUBLIC_URL"] = "https://docs.example.com/"
        environment["PORTOLAN_OAUTH_ISSUER"] = "https://id.example.com/"
        environment["PORTOLAN_OAUTH_AUDIENCE"] = "api://docs, https://docs.example.com/"
        let settings = try Settings(SettingsSource(environment: environment), needs: [.publicPort])
        // The slash is a part of the issuer's name, and none of an address of ours.
        #expect(settings.oauth?.issuer == "https://id.example.com/" && settings.publicURL == "https://docs.example.com")
        #expect(settings.oauth?.audiences == ["api://docs", "https://docs.example.com"] && settings.oauth?.keysURL == nil)
        #expect(settings.oauth?.roleClaim == "role" && settings.oauth?.groupsClaim == "groups")
        environment["PORTOLAN_OAUTH_ISSUER"] = "somebody"
        #expect(mistakes(environment, needs: [.publicPort]) == ["PORTOLAN_OAUTH_ISSUER: must be an http or https address"])
    }

    @Test func `an empty value counts as not set`() throws {
        var environment = complete
        environment["PORTOLAN_ALLOWED_NETWORKS"] = ""
        environment["PORTOLAN_PORT"] = ""
        let settings = try Settings(SettingsSource(environment: environment))
        #expect(settings.port == 8080)
        #expect(settings.allowedNetworks.isEmpty)
    }

    @Test func `the environment overrides the file, and a flag overrides both`() async throws {
        try await withTemporaryDirectory { folder in
            let file = folder + "/portolan.yaml"
            try Data("port: 1001\nbind: 127.0.0.2\nallowed_networks:\n  - 10.0.0.0/8\n  - 192.168.0.0/16\nadmin_port: '1002'\n".utf8)
                .write(to: URL(filePath: file))
            var environment = complete
            environment["PORTOLAN_CONFIG"] = file
            environment["PORTOLAN_BIND"] = "127.0.0.3"
            let settings = try Settings(SettingsSource(flags: ["ADMIN_PORT": "1003"], environment: environment))
            #expect(settings.port == 1001)
            #expect(settings.bind == "127.0.0.3")
            #expect(settings.adminPort == 1003)
            #expect(settings.allowedNetworks.count == 2)
        }
    }

    @Test(arguments: [
        ("prot: 1", "prot: no such setting"), ("port:\n  a: 1", "settings are not nested"), ("- 1", "a list needs a key"),
        ("port: 1\nport: 2", "appears twice"), ("port: [1", "not valid YAML"), ("just text", "must be a mapping"),
        ("a: &x 1\nb: *x", "aliases"),
    ])
    func `a wrong file is refused with its place`(text: String, problem: String) async throws {
        try await withTemporaryDirectory { folder in
            let file = folder + "/portolan.yaml"
            try Data(text.utf8).write(to: URL(filePath: file))
            let lines = mistakes(complete.merging(["PORTOLAN_CONFIG": file]) { $1 })
            #expect(lines.contains { $0.contains(problem) }, "\(lines)")
        }
    }

    @Test func `a secret may come from a file and is never shown`() async throws {
        try await withTemporaryDirectory { folder in
            let file = folder + "/token"
            try Data("fedcba9876543210\n".utf8).write(to: URL(filePath: file))
            var environment = complete
            environment["PORTOLAN_TOKEN"] = nil
            environment["PORTOLAN_TOKEN_FILE"] = file
            let source = SettingsSource(environment: environment)
            #expect(try Settings(source).token?.reveal() == "fedcba9876543210")
            let shown = SettingsReport(source).lines().joined() + (try SettingsReport(source).json())
            #expect(!shown.contains("fedcba9876543210"))
            #expect(!shown.contains("postgresql://localhost"))
            #expect(shown.contains("<redacted>"))
        }
    }

    @Test func `a bucket is named by its address, its service and a key`() throws {
        var environment = complete.merging([
            "PORTOLAN_STORAGE_URL": "s3://archive/portolan", "PORTOLAN_S3_ACCESS_KEY": "AKID", "PORTOLAN_S3_SECRET_KEY": "0123456789abcdef",
        ]) { $1 }
        func location() throws -> S3Location? {
            guard case .bucket(let location) = try Settings(SettingsSource(environment: environment)).storage else { return nil }
            return location
        }
        let aws = try location()
        #expect(aws?.endpoint.origin == "https://s3.us-east-1.amazonaws.com")
        #expect(aws?.addressing == .virtual)
        #expect([aws?.bucket, aws?.prefix, aws?.secretKey.reveal()] == ["archive", "portolan", "0123456789abcdef"])
        environment["PORTOLAN_S3_ENDPOINT"] = "http://minio:9000/"
        environment["PORTOLAN_S3_REGION"] = "eu-central-1"
        let own = try location()
        #expect(own?.endpoint.origin == "http://minio:9000")
        #expect(own?.addressing == .path)
        #expect(own?.region == "eu-central-1")
        let source = SettingsSource(environment: environment)
        #expect(!SettingsReport(source).lines().joined().contains("0123456789abcdef"))
    }

    @Test(arguments: [
        ("STORAGE_URL", "s3://B", "must name a bucket"), ("STORAGE_URL", "s3://", "must name a bucket"),
        ("STORAGE_URL", "ftp://x", "s3://bucket/prefix"), ("S3_ENDPOINT", "minio:9000", "must be an http or https address"),
        ("S3_ENDPOINT", "http://minio/path", "without a path"), ("S3_REGION", "EU 1", "must be a name"),
        ("S3_ADDRESSING", "host", "must be one of"), ("S3_SECRET_KEY", "", "is required with a bucket"),
    ])
    func `a bucket that cannot be reached is refused with the setting`(name: String, value: String, problem: String) {
        let bucket = [
            "PORTOLAN_STORAGE_URL": "s3://archive/portolan", "PORTOLAN_S3_ACCESS_KEY": "AKID", "PORTOLAN_S3_SECRET_KEY": "0123456789abcdef",
        ]
        let lines = mistakes(complete.merging(bucket) { $1 }.merging(["PORTOLAN_" + name: value]) { $1 })
        #expect(lines.contains { $0.hasPrefix("PORTOLAN_\(name): ") && $0.contains(problem) }, "\(lines)")
    }

    @Test func `the operations guide lists every setting with its default, and no other`() throws {
        let guide = try String(contentsOfFile: TestData.packageDirectory + "/docs/operations.md", encoding: .utf8)
        let rows = guide.split(separator: "\n").filter { $0.hasPrefix("| `PORTOLAN_") }.map(String.init)
        let expected = SettingKey.all.map { key in
            "| `\(key.variable)` | \(key.meaning)\(key.isSecret ? " (secret)" : "") | \(key.fallback.map { "`\($0)`" } ?? "none") |"
        }
        #expect(rows == expected)
    }
}
