package import APIServer
package import Catalog
import Digests
package import Domain
import FoundationEssentials
package import Logging
package import ObjectStorage
package import Policy
package import Primitives
package import Resilience
package import Telemetry

/// Every setting with its type, checked as a whole before anything starts.
package struct Settings: Sendable {
    /// Who may call the api.
    package enum Authentication: Sendable, Hashable {
        /// One bearer token, and keys.
        case token
        /// Tokens of an identity provider, and keys.
        case oauth
        /// Nobody is asked; on a loopback address only.
        case off
    }

    /// How often a caller may call.
    package enum RateLimit: Sendable, Hashable {
        /// By the caller's role.
        case roles
        case off
        /// So many requests a second, for all callers alike.
        case perSecond(Double)
    }

    /// Where vectors come from.
    package enum EmbedderChoice: Sendable, Hashable {
        case local(modelDirectory: String)
        case server(url: String, model: String, dimension: Int, tokenLimit: Int)
        case none
    }

    /// Where archives are kept.
    package enum StorageChoice: Sendable, Hashable {
        /// Absolute path.
        case folder(String)
        case bucket(S3Location)
    }

    package var databaseURL: Redacted<String>?
    package var redisURL: Redacted<String>?
    package var redisAuthorityFile: String?
    package var bind: String
    package var port: Int
    package var adminPort: Int
    package var surfaces: Set<Surface>
    package var publicURL: String?
    package var token: Redacted<String>?
    package var authentication: Authentication
    /// Nil unless `authentication` asks for it.
    package var oauth: OAuth?
    package var trustedProxies: [IPNetwork]
    package var corsOrigins: [String]
    package var rateLimit: RateLimit
    package var embedder: EmbedderChoice
    package var embedderKey: Redacted<String>?
    package var embeddingLanes: Int
    package var embeddingBatchSize: Int
    package var allowedNetworks: [IPNetwork]
    /// Absolute path.
    package var credentialsDirectory: String?
    package var githubWebhookSecret: Redacted<String>?
    package var notionWebhookSecret: Redacted<String>?
    package var confluenceWebhookSecret: Redacted<String>?
    package var notifyURL: Redacted<String>?
    package var alertURL: Redacted<String>?
    package var alertSecret: Redacted<String>?
    /// The dependencies with what the operator changed.
    package var dependencies: [DependencyProfile]
    package var requestTimeout: Duration
    package var featuresFile: String?
    package var traceURL: String?
    package var traceHeaders: [(String, Redacted<String>)]
    package var traceRatio: Double
    package var ingestionSlots: Int
    package var workerConcurrency: Int
    /// Whether a worker holds back while its dependencies are overloaded.
    package var hasBackPressure: Bool
    package var leaseDuration: Duration
    package var crawlConcurrency: Int
    package var crawlMaxPages: Int
    package var ontologyMaxMebibytes: Int
    package var storesRawPages: Bool
    package var rawPageAge: Duration
    package var crawlPageTimeout: Duration
    /// Absolute path of the drop folder; nil for none.
    package var spoolDirectory: String?
    package var storage: StorageChoice
    /// Where backups go; nil for none.
    package var backup: StorageChoice?
    package var backupKey: Redacted<String>?
    /// Longest time until a change is in the backups.
    package var backupLogInterval: Duration
    /// Between two base backups.
    package var backupBaseInterval: Duration
    /// Absolute path of the folder for work in progress.
    package var workDirectory: String
    /// What becomes of pages and files that are not as they should be.
    package var validation: ValidationPolicy.Mode
    package var startTimeout: Duration
    package var shutdownGrace: Duration
    package var logFormat: LogFormat
    package var logLevel: Logger.Level
    /// Thins out messages that repeat; nil writes all.
    package var logSampler: LogSampler?
    /// Of all settings but the secrets, 12 hexadecimal digits: two processes with the same one behave alike.
    package let fingerprint: String

    /// Loopback addresses: where `PORTOLAN_AUTH=off` is allowed.
    package var bindsToLoopback: Bool { ["127.0.0.1", "::1", "localhost"].contains(bind) }

    /// Whether others than this machine may reach the process.
    private var isPublic: Bool { !bindsToLoopback && IPAddress(bind).map { AddressClass($0) } != .loopback }

    /// Reads and checks `source`.
    ///
    /// - Parameters:
    ///   - needs: what the command cannot do without.
    ///   - gates: where the config gate counts its decision.
    /// - Throws: ``SettingsError`` with one line for each mistake.
    package init(_ source: SettingsSource, needs: Set<Need> = [], gates: GateRegistry = GateRegistry()) throws(SettingsError) {
        var check = SettingsCheck(source)
        databaseURL = check.text("DATABASE_URL").map { Redacted($0) }
        redisURL = check.text("REDIS_URL").map { Redacted($0) }
        redisAuthorityFile = check.readableFile("REDIS_CA_FILE")
        bind = check.text("BIND") ?? "127.0.0.1"
        port = check.number("PORT", 0...65_535)
        adminPort = check.number("ADMIN_PORT", 0...65_535)
        surfaces = check.surfaces()
        publicURL = check.address("PUBLIC_URL")
        // Read by the command line.
        _ = check.address("URL")
        token = check.text("TOKEN").map { Redacted($0) }
        authentication = check.choice("AUTH", ["token": .token, "oauth": .oauth, "off": .off])
        oauth = check.oauth(authentication, publicURL: publicURL)
        trustedProxies = check.networks("TRUSTED_PROXIES")
        corsOrigins = check.origins("CORS_ORIGINS")
        rateLimit = check.rateLimit()
        embedder = check.embedder()
        embedderKey = check.text("EMBEDDER_KEY").map { Redacted($0) }
        embeddingLanes = check.number("EMBEDDING_LANES", 1...64)
        embeddingBatchSize = check.number("EMBEDDING_BATCH_SIZE", 1...1000)
        allowedNetworks = check.networks("ALLOWED_NETWORKS")
        credentialsDirectory = check.text("CREDENTIALS_DIR")
        githubWebhookSecret = check.text("GITHUB_WEBHOOK_SECRET").map { Redacted($0) }
        notionWebhookSecret = check.text("NOTION_WEBHOOK_SECRET").map { Redacted($0) }
        confluenceWebhookSecret = check.text("CONFLUENCE_WEBHOOK_SECRET").map { Redacted($0) }
        notifyURL = check.address("NOTIFY_URL").map { Redacted($0) }
        alertURL = check.address("ALERT_URL").map { Redacted($0) }
        alertSecret = check.text("ALERT_SECRET").map { Redacted($0) }
        dependencies = check.dependencies()
        requestTimeout = .seconds(check.number("REQUEST_TIMEOUT_SECONDS", 1...60))
        featuresFile = check.readableFile("FEATURES_FILE")
        traceURL = check.address("OTLP_URL")
        traceHeaders = check.headers("OTLP_HEADERS")
        traceRatio = check.share("TRACE_RATIO")
        ingestionSlots = check.number("INGESTION_SLOTS", 1...1000)
        workerConcurrency = check.number("WORKER_CONCURRENCY", 1...100)
        hasBackPressure = check.choice("WORKER_BACK_PRESSURE", ["true": true, "false": false])
        leaseDuration = .seconds(check.number("LEASE_SECONDS", 2...3600))
        crawlConcurrency = check.number("CRAWL_CONCURRENCY", 1...64)
        crawlMaxPages = check.number("CRAWL_MAX_PAGES", 1...10_000)
        ontologyMaxMebibytes = check.number("ONTOLOGY_MAX_MEBIBYTES", 1...1024)
        storesRawPages = check.choice("STORE_RAW_PAGES", ["true": true, "false": false])
        rawPageAge = .seconds(86_400 * check.number("RAW_PAGE_DAYS", 1...3650))
        crawlPageTimeout = .seconds(check.number("CRAWL_PAGE_TIMEOUT_SECONDS", 1...300))
        spoolDirectory = check.folder("SPOOL_DIR")
        storage = check.storage("STORAGE_URL") ?? .folder(StateDirectory.standard + "/storage")
        backup = check.storage("BACKUP_URL")
        backupKey = check.backupKey()
        backupLogInterval = .seconds(check.number("BACKUP_LOG_SECONDS", 1...60))
        backupBaseInterval = .seconds(60 * check.number("BACKUP_BASE_MINUTES", 1...10_080))
        workDirectory = check.folder("WORK_DIR") ?? StateDirectory.standard + "/work"
        validation = check.choice("VALIDATION", ["lenient": .lenient, "strict": .strict])
        startTimeout = .seconds(check.number("START_TIMEOUT_SECONDS", 1...3600))
        shutdownGrace = .seconds(check.number("SHUTDOWN_GRACE_SECONDS", 1...600))
        let format = check.text("LOG_FORMAT")
        logFormat = LogFormat.chosen(setting: format, isTerminal: StandardError.isTerminal) ?? .json
        if let format, LogFormat.chosen(setting: format, isTerminal: false) == nil {
            check.mistake("LOG_FORMAT", "must be json or text, not \(format)")
        }
        let lines = check.number("LOG_LINES_PER_SECOND", 0...100_000)
        logSampler = lines > 0 ? LogSampler(linesPerSecond: lines) : nil
        logLevel = .info
        if let level = check.text("LOG_LEVEL") {
            if let level = Logger.Level(rawValue: level) { logLevel = level } else { check.mistake("LOG_LEVEL", "is no level: \(level)") }
        }
        let open = source.entries.filter { !$0.key.isSecret }.map { "\($0.key.name)=\($0.text ?? "")" }
        fingerprint = String(SHA256.hash(open.joined(separator: "\n")).hexadecimal.prefix(12))
        if needs.contains(.database), databaseURL == nil { check.require("DATABASE_URL", "; `portolan up` brings its own") }
        if needs.contains(.redis), redisURL == nil { check.require("REDIS_URL", "; `portolan up` brings its own") }
        if alertURL != nil, (alertSecret?.reveal().utf8.count ?? 0) < 16 {
            check.mistake("ALERT_SECRET", "must have at least 16 characters: callbacks to PORTOLAN_ALERT_URL are signed with it")
        }
        // A file that nothing reads would look like protection.
        if redisAuthorityFile != nil, redisURL?.reveal().lowercased().hasPrefix("rediss://") != true {
            check.mistake("REDIS_CA_FILE", "is for a rediss:// URL, which PORTOLAN_REDIS_URL is not")
        }
        if needs.contains(.publicPort) {
            if authentication == .token, token == nil { check.require("TOKEN", " unless PORTOLAN_AUTH is oauth or off") }
            if authentication == .off, !bindsToLoopback {
                check.mistake("AUTH", "may be off on a loopback address only, and PORTOLAN_BIND is \(bind)")
            }
        }
        if let credentialsDirectory, !credentialsDirectory.hasPrefix("/") { check.mistake("CREDENTIALS_DIR", "must be an absolute path") }
        if let token, token.reveal().utf8.count < 16 { check.mistake("TOKEN", "must have at least 16 characters") }
        let found = ConfigGate.Input(
            missing: check.missing, invalid: check.mistakes, secrets: secrets, isPublic: isPublic)
        if let rejection = gates.evaluate(ConfigGate(), found).rejection {
            throw SettingsError(rejection.message.split(separator: "\n").map(String.init))
        }
    }

    /// The secrets by variable; of addresses their passwords.
    private var secrets: [String: Redacted<String>] {
        var secrets = [
            "PORTOLAN_TOKEN": token, "PORTOLAN_EMBEDDER_KEY": embedderKey, "PORTOLAN_GITHUB_WEBHOOK_SECRET": githubWebhookSecret,
            "PORTOLAN_NOTION_WEBHOOK_SECRET": notionWebhookSecret, "PORTOLAN_CONFLUENCE_WEBHOOK_SECRET": confluenceWebhookSecret,
            "PORTOLAN_S3_SECRET_KEY": storage.secretKey ?? backup?.secretKey, "PORTOLAN_BACKUP_KEY": backupKey,
            "PORTOLAN_ALERT_SECRET": alertSecret,
        ]
        for (variable, url) in ["PORTOLAN_DATABASE_URL": databaseURL, "PORTOLAN_REDIS_URL": redisURL] {
            guard let rest = url?.reveal().split(separator: "/", maxSplits: 2).dropFirst().first else { continue }
            guard let at = rest.lastIndex(of: "@"), let colon = rest[..<at].firstIndex(of: ":") else { continue }
            secrets[variable] = Redacted(String(rest[rest.index(after: colon)..<at]))
        }
        return secrets.compactMapValues { $0 }
    }

    /// What a command cannot do without.
    package enum Need: Sendable, Hashable {
        case database, redis, publicPort
    }
}
