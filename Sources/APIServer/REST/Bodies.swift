import APIModel
import Domain
import Ingestion
import MCP

// The bodies of the API: members, meanings, bounds.

extension FieldBounds {
    fileprivate static let location = FieldBounds.text(Limits.webURLBytes, format: "uri")
    fileprivate static let globs = FieldBounds.list(Limits.patternCount, of: .text(Limits.patternBytes, .glob, format: "glob"))
    fileprivate static let depth = FieldBounds.integer(Limits.crawlDepth, default: Limits.defaultCrawlDepth)
    fileprivate static let library = FieldBounds.text(IngestionService.libraryLength, .name)
    fileprivate static let version = FieldBounds.text(IngestionService.versionLength, .name)
    fileprivate static let kind = FieldBounds.text(1...50, format: "source-kind")
    fileprivate static let groups = FieldBounds.list(0...LibraryReaders.limit, of: .text(LibraryAccess.groupLength, .group))
    fileprivate static let identifier = FieldBounds(keywords: ["format": "uuid"]) { _ in nil }
    fileprivate static let schedule = FieldBounds.text(1...200, format: "cron")
    fileprivate static let question = FieldBounds.text(Limits.queryLength, .question)
    fileprivate static let priority = FieldBounds(keywords: [:]) { value in
        guard case .string(let text) = value, RunPriority(rawValue: text) == nil else { return nil }
        return RunPriority.allCases.map(\.rawValue).joined(separator: ", ")
    }
    fileprivate static let cursor = FieldBounds.text(1...400, .cursor, format: "cursor")

    /// Seconds between looks, or 0 where that stands for none.
    fileprivate static let intervalOrNone = FieldBounds(
        keywords: [
            "minimum": 0, "maximum": .integer(SourceTiming.secondsRange.upperBound),
            "not": ["exclusiveMinimum": 0, "exclusiveMaximum": .integer(SourceTiming.secondsRange.lowerBound)],
        ]
    ) { value in
        guard case .integer(let seconds) = value, seconds != 0, !SourceTiming.secondsRange.contains(seconds) else { return nil }
        return "0, or 10 to 2592000"
    }
}

extension StartIngestionRequest: RequestBody {
    static let note = "What to ingest."
    static let fields = [
        BodyField("web_url", "Where the crawl begins.", .location, example: "https://docs.example.com/guide/"),
        BodyField("crawl_depth", "Links followed from the start page.", .depth),
        BodyField("include_patterns", "Globs of which a page has to match one.", .globs, example: ["/guide/**"]),
        BodyField("exclude_patterns", "Globs of pages to leave out.", .globs, example: ["*.pdf"]),
        BodyField("library", "The library; without it the host's name.", .library, example: "fastapi"),
        BodyField("version", "The library's version; without it `latest`.", .version, example: "1.0"),
        BodyField("retry_of", "The job that this one repeats.", .identifier),
        BodyField("kind", "Kind of the source; without it `website`.", .kind, example: "website"),
        BodyField("options", "Options of the kind, by name."),
        BodyField("allow_mass_delete", "Whether the job may delete more than a fifth of the pages at once."),
        BodyField(
            "priority", "`high` goes before scheduled runs, which keep a share of the slots; without it `high`. `normal` is for bulk work.",
            .priority,
            example: "normal"),
    ]
}

extension StopIngestionRequest: RequestBody {
    static let note = "Which job to stop."
    static let fields = [BodyField("job_id", "The job.", .identifier)]
}

extension CreateSourceRequest: RequestBody {
    static let note = "What to keep up to date, and when to look."
    static let fields = [
        BodyField("web_url", "Where the source is.", .location, example: "https://docs.example.com/guide/"),
        BodyField("kind", "Kind of the source; without it `website`.", .kind, example: "website"),
        BodyField("options", "Options of the kind, by name."),
        BodyField("crawl_depth", "Links followed from the root.", .depth),
        BodyField("include_patterns", "Globs of which a page has to match one.", .globs),
        BodyField("exclude_patterns", "Globs of pages to leave out.", .globs),
        BodyField("library", "The library; without it the source's own name.", .library),
        BodyField("version", "The library's version; without it `latest`.", .version),
        BodyField("poll_interval_seconds", "Seconds between looks; not together with `schedule`.", .integer(SourceTiming.secondsRange)),
        BodyField("schedule", "Cron expression of five fields in UTC.", .schedule, example: "0 2 * * *"),
    ]
    static let alternatives = ["poll_interval_seconds", "schedule"]
}

extension UpdateSourceRequest: RequestBody {
    static let note = "What to change; what is absent stays."
    static let fields = [
        BodyField("paused", "Whether looks rest."),
        BodyField("poll_interval_seconds", "Seconds between looks, or 0 for none; replaces a schedule.", .intervalOrNone),
        BodyField("schedule", "Cron expression of five fields in UTC; replaces an interval.", .schedule),
    ]
    static let alternatives = ["poll_interval_seconds", "schedule"]
}

extension LibraryAccessDetail: RequestBody {
    static let note = "Who may read the library, in the place of what was set before."
    static let fields = [
        BodyField("private", "Whether only those see it that are named here, and callers whose own list names it."),
        BodyField("groups", "Groups that may read all of it; a name has 200 bytes at most.", .groups),
        BodyField(
            "sources", "Groups that may read what single sources fill.",
            .list(0...LibraryReaders.limit, of: LibraryAccessDetail.SourceReaders.self)),
    ]
}

extension LibraryAccessDetail.SourceReaders: RequestBody {
    static let note = "Readers of what one source fills."
    static let fields = [
        BodyField("source_id", "The source.", .identifier),
        BodyField("groups", "Groups that may read it; a name has 200 bytes at most.", .groups),
    ]
}

extension HybridQueryRequest: RequestBody {
    static let note = "What to look for."
    static let fields = [
        BodyField("query", "The question.", .question, example: "How do I install it?"),
        BodyField("top_k", "Results on a page.", .integer(Limits.searchLimit, default: Limits.defaultSearchLimit)),
        BodyField("namespace", "Only this library.", .text(Limits.nameLength, .name)),
        BodyField("version", "Only this version of the library.", .text(Limits.nameLength, .name)),
        BodyField("max_tokens", "Token budget of the reply.", .integer(Limits.maxTokens, default: Limits.defaultMaxTokens)),
        BodyField("cursor", "`next_cursor` of the page before.", .cursor),
        BodyField("diagnostics", "Whether to tell how each channel ranked, and how long it took."),
    ]
}

extension GatewayQueryRequest: RequestBody {
    static let note = "What to look for."
    static let fields = [
        BodyField("query", "The question.", .text(GatewayLimits.queryLength, .question), example: "How do I install it?"),
        BodyField("max_chunks", "Passages at most; never more than the role has.", .integer(1...GatewayLimits.mostChunks)),
        BodyField("namespace", "Only this library.", .text(Limits.nameLength, .name)),
        BodyField("max_tokens", "Token budget of the passages.", .integer(Limits.maxTokens, default: Limits.defaultMaxTokens)),
        BodyField("trace_id", "Follows the request through the caller's own logs; comes back.", .text(1...128, .traceID)),
    ]
}

extension TextRule {
    /// What may go into a log line as it is.
    fileprivate static let traceID = TextRule(pattern: "^[A-Za-z0-9._-]+$", words: "letters, digits, dots, dashes and underscores") {
        text in
        text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
    }
}
