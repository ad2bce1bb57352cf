/// One setting: its environment variable, and, in lower case without the prefix, its key in the file.
package struct SettingKey: Sendable, Hashable {
    /// Name without the prefix `PORTOLAN_`, in upper case.
    package let name: String
    /// What it means, in one line.
    package let meaning: String
    /// The value without the setting, as text; nil when there is none.
    package let fallback: String?
    /// Whether the value must not be shown, and may be given as a path in `…_FILE`.
    package let isSecret: Bool

    package init(_ name: String, _ meaning: String, fallback: String? = nil, isSecret: Bool = false) {
        self.name = name
        self.meaning = meaning
        self.fallback = fallback
        self.isSecret = isSecret
    }

    /// The environment variable.
    package var variable: String { "PORTOLAN_" + name }
    /// The key in the YAML file.
    package var fileKey: String { name.lowercased() }
}

extension SettingKey {
    /// Every setting of the product, in the order in which `config show` prints them.
    package static let all: [SettingKey] = [
        SettingKey("DATABASE_URL", "Postgres, postgres://user:password@host:port/database", isSecret: true),
        SettingKey("REDIS_URL", "Redis, redis://:password@host:port/0, rediss:// for TLS, or redis+unix:///path", isSecret: true),
        SettingKey("REDIS_CA_FILE", "PEM file of the authorities to trust with rediss://; those of the system without it"),
        SettingKey("BIND", "address of the public and admin ports", fallback: "127.0.0.1"),
        SettingKey("PORT", "public port; 0 takes a free one", fallback: "8080"),
        SettingKey("ADMIN_PORT", "port of probes and metrics; 0 takes a free one", fallback: "9464"),
        SettingKey("SURFACES", "what the api serves: rest, mcp, webhooks, console", fallback: "rest,mcp,webhooks,console"),
        SettingKey("PUBLIC_URL", "how clients reach the api"),
        SettingKey("URL", "the api, for the client commands", fallback: "http://127.0.0.1:8080"),
        SettingKey("TOKEN", "the bearer token, role ADMIN; at least 16 characters", isSecret: true),
        SettingKey(
            "AUTH",
            "token (PORTOLAN_TOKEN and API keys), oauth (tokens of an identity provider, and API keys), or off on a loopback address",
            fallback: "token"),
        SettingKey("OAUTH_ISSUER", "the identity provider, exactly as its tokens name it"),
        SettingKey("OAUTH_JWKS_URL", "where the provider's keys are; as its metadata says without it"),
        SettingKey(
            "OAUTH_AUDIENCE", "audiences (comma-separated) of which a token must name one; PORTOLAN_PUBLIC_URL and its /mcp without it"),
        SettingKey("OAUTH_ROLE_CLAIM", "claim with the caller's role; dots lead into objects", fallback: "role"),
        SettingKey("OAUTH_GROUPS_CLAIM", "claim with the caller's groups, for private libraries", fallback: "groups"),
        SettingKey(
            "OAUTH_LIBRARIES_CLAIM", "claim with the only libraries that the caller may see, where a token has it", fallback: "libraries"),
        SettingKey("TRUSTED_PROXIES", "networks (CIDR, comma-separated) of proxies whose X-Forwarded-For or Forwarded is believed"),
        SettingKey("CORS_ORIGINS", "sites (comma-separated) whose pages may call the api, such as https://app.example.com"),
        SettingKey("RATE_LIMIT", "roles, off, or N/s", fallback: "roles"),
        SettingKey("REQUEST_TIMEOUT_SECONDS", "longest time for one request unless the client wants less or more, 1 to 60", fallback: "12"),
        SettingKey("EMBEDDER", "local, none, or the URL of an OpenAI-compatible server up to /v1", fallback: "local"),
        SettingKey("MODEL_DIR", "folder of the local model"),
        SettingKey("EMBEDDER_MODEL", "model of the embedding server"),
        SettingKey("EMBEDDER_KEY", "key of the embedding server", isSecret: true),
        SettingKey("EMBEDDER_DIMENSION", "dimension of the server's vectors, 1 to 4000"),
        SettingKey("EMBEDDER_TOKEN_LIMIT", "longest text of the server's model in tokens", fallback: "512"),
        SettingKey("EMBEDDING_LANES", "threads for local embedding, 1 to 64", fallback: "2"),
        SettingKey("EMBEDDING_BATCH_SIZE", "texts embedded and stored together, 1 to 1000", fallback: "64"),
        SettingKey("ALLOWED_NETWORKS", "networks (CIDR, comma-separated) that may be crawled beyond public addresses"),
        SettingKey("CREDENTIALS_DIR", "folder of mounted credentials, one file each, for sources that need a token"),
        SettingKey("GITHUB_WEBHOOK_SECRET", "what GitHub signs its webhooks with", isSecret: true),
        SettingKey("NOTION_WEBHOOK_SECRET", "the verification token that Notion signs its webhooks with", isSecret: true),
        SettingKey("CONFLUENCE_WEBHOOK_SECRET", "what Confluence proves its webhooks with", isSecret: true),
        SettingKey("NOTIFY_URL", "incoming webhook (Slack's form) that is told about failed jobs and opened circuits", isSecret: true),
        SettingKey("ALERT_URL", "receiver of signed callbacks about changes of health", isSecret: true),
        SettingKey("ALERT_SECRET", "what callbacks are signed with; at least 16 characters", isSecret: true),
        SettingKey("FEATURES_FILE", "YAML file of features that are switched while the service runs"),
        SettingKey("OTLP_URL", "collector that takes traces by OTLP over HTTP, without /v1/traces; none are made without it"),
        SettingKey("OTLP_HEADERS", "sent with traces: NAME=VALUE, comma-separated", isSecret: true),
        SettingKey("TRACE_RATIO", "share of the requests without a trace of their own that are traced, 0 to 1", fallback: "0.1"),
        SettingKey(
            "BREAKERS", "circuits with other values than the standard: KIND=FAILURES/SECONDS[/SUCCESSES], comma-separated"),
        SettingKey("INGESTION_SLOTS", "jobs that run at a time over all workers, 1 to 1000", fallback: "3"),
        SettingKey("WORKER_CONCURRENCY", "jobs that one worker runs at a time, 1 to 100", fallback: "3"),
        SettingKey(
            "WORKER_BACK_PRESSURE", "whether a worker runs fewer jobs while something is overloaded, true or false", fallback: "true"),
        SettingKey("LEASE_SECONDS", "how long a worker's lease on a job holds without renewal, 2 to 3600", fallback: "120"),
        SettingKey("CRAWL_CONCURRENCY", "requests in flight to one site, 1 to 64", fallback: "8"),
        SettingKey("CRAWL_MAX_PAGES", "pages that one job reads at most, 1 to 10000", fallback: "500"),
        SettingKey("ONTOLOGY_MAX_MEBIBYTES", "largest file of an ontology in MiB, 1 to 1024", fallback: "128"),
        SettingKey("STORE_RAW_PAGES", "whether pages are kept as they were read, true or false", fallback: "false"),
        SettingKey("RAW_PAGE_DAYS", "days that pages are kept as they were read, 1 to 3650", fallback: "30"),
        SettingKey("CRAWL_PAGE_TIMEOUT_SECONDS", "longest time for one page, 1 to 300", fallback: "30"),
        SettingKey("START_TIMEOUT_SECONDS", "how long a service waits for its dependencies, 1 to 3600", fallback: "60"),
        SettingKey("SHUTDOWN_GRACE_SECONDS", "how long a service may take to stop, 1 to 600", fallback: "20"),
        SettingKey("LOG_FORMAT", "json or text; text on a terminal without it"),
        SettingKey("LOG_LEVEL", "trace, debug, info, notice, warning, error", fallback: "info"),
        SettingKey(
            "LOG_LINES_PER_SECOND", "lines a second of each message at info and below, the rest is counted, 0 to 100000; 0 for all",
            fallback: "0"),
        SettingKey("SPOOL_DIR", "folder whose archives and folders become sources, the same for all roles"),
        SettingKey("STORAGE_URL", "where archives are kept, file:///absolute/folder or s3://bucket/prefix; in the state folder without it"),
        SettingKey("S3_ENDPOINT", "address of the S3-compatible service; that of AWS in the region without it"),
        SettingKey("S3_REGION", "region of the bucket", fallback: "us-east-1"),
        SettingKey("S3_ADDRESSING", "path, virtual (the bucket before the host), or auto: path where an endpoint is set", fallback: "auto"),
        SettingKey("S3_ACCESS_KEY", "key to the bucket", isSecret: true),
        SettingKey("S3_SECRET_KEY", "secret of that key", isSecret: true),
        SettingKey(
            "BACKUP_URL", "where backups go, file:///absolute/folder or s3://bucket/prefix with the S3 settings; no backups without it"),
        SettingKey("BACKUP_KEY", "what backups are encrypted with, 64 hexadecimal digits; not encrypted without it", isSecret: true),
        SettingKey("BACKUP_LOG_SECONDS", "longest time until a change is in the backups, 1 to 60", fallback: "30"),
        SettingKey("BACKUP_BASE_MINUTES", "time between two base backups, 1 to 10080", fallback: "60"),
        SettingKey("WORK_DIR", "folder for archives while they are read; in the state folder without it"),
        SettingKey("VALIDATION", "lenient records what is wrong with pages and files, strict publishes nothing of it", fallback: "lenient"),
        SettingKey("POSTGRES_DIR", "the private Postgres of up"),
        SettingKey("TOOLS_DIR", "where deploy/setup installed the private Postgres and the model"),
        SettingKey("CONFIG", "YAML file with settings, keys in lower case without the prefix"),
    ]

    /// Variables with the prefix that are not settings of a service: they steer the build, the tests and the compose file.
    static let foreign: Set<String> = [
        "PORTOLAN_ROOMS", "PORTOLAN_TEST_DATA", "PORTOLAN_REVISION", "PORTOLAN_IMAGE", "PORTOLAN_DATABASE_IMAGE", "PORTOLAN_REDIS_IMAGE",
        "PORTOLAN_DATABASE_PASSWORD", "PORTOLAN_PUBLISHED_PORT", "PORTOLAN_BINARY", "PORTOLAN_WRITE_OPENAPI", "PORTOLAN_WRITE_REFERENCE",
        "PORTOLAN_TEST_DATA_REQUIRED",
    ]
}
