package import FoundationEssentials

/// Body of `POST /v1/sources`: what `POST /v1/documentation/ingestion` takes, and when to look for changes.
package struct CreateSourceRequest: Sendable, Hashable, Codable {
    /// Where the source is.
    package var webURL: String
    /// Kind of the source; nil takes `website`.
    package var kind: String?
    /// Options of the kind, by name.
    package var options: [String: String]?
    /// Links followed from the root; nil takes `Limits.defaultCrawlDepth`.
    package var crawlDepth: Int?
    /// Globs of which a page has to match one.
    package var includePatterns: [String]?
    /// Globs of pages to leave out.
    package var excludePatterns: [String]?
    /// The library; nil takes the source's own name.
    package var library: String?
    /// The library's version; nil takes `latest`.
    package var version: String?
    /// Seconds between looks, 10 to 2,592,000; not together with ``schedule``.
    package var pollIntervalSeconds: Int?
    /// Cron expression of five fields in UTC.
    package var schedule: String?

    /// - Parameters: see the properties.
    package init(
        webURL: String, kind: String? = nil, options: [String: String]? = nil, crawlDepth: Int? = nil, includePatterns: [String]? = nil,
        excludePatterns: [String]? = nil, library: String? = nil, version: String? = nil, pollIntervalSeconds: Int? = nil,
        schedule: String? = nil
    ) {
        (self.webURL, self.kind, self.options, self.crawlDepth) = (webURL, kind, options, crawlDepth)
        (self.includePatterns, self.excludePatterns, self.library) = (includePatterns, excludePatterns, library)
        (self.version, self.pollIntervalSeconds, self.schedule) = (version, pollIntervalSeconds, schedule)
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case webURL = "web_url"
        case kind, options
        case crawlDepth = "crawl_depth"
        case includePatterns = "include_patterns"
        case excludePatterns = "exclude_patterns"
        case library, version
        case pollIntervalSeconds = "poll_interval_seconds"
        case schedule
    }
}

/// Body of `PATCH /v1/sources/{id}`: what is absent stays.
package struct UpdateSourceRequest: Sendable, Hashable, Codable {
    /// Whether looks rest.
    package var isPaused: Bool?
    /// Seconds between looks, 10 to 2,592,000, or 0 for none; replaces a schedule.
    package var pollIntervalSeconds: Int?
    /// Cron expression of five fields in UTC; replaces an interval.
    package var schedule: String?

    /// - Parameters: see the properties.
    package init(isPaused: Bool? = nil, pollIntervalSeconds: Int? = nil, schedule: String? = nil) {
        (self.isPaused, self.pollIntervalSeconds, self.schedule) = (isPaused, pollIntervalSeconds, schedule)
    }

    package enum CodingKeys: String, CodingKey, CaseIterable {
        case isPaused = "paused"
        case pollIntervalSeconds = "poll_interval_seconds"
        case schedule
    }
}

/// Reply to `GET /webhooks/health`: one entry for each kind that takes webhooks.
package struct WebhookHealth: Sendable, Hashable, Codable {
    /// The webhooks of one kind.
    package struct Entry: Sendable, Hashable, Codable {
        /// Kind of the sources, and the last segment of the address.
        package var kind: String
        /// Accepted within the last 24 hours, for holders of the scope `admin`.
        package var received: Int?
        /// When the last one was accepted, for holders of the scope `admin`.
        package var lastReceivedAt: Date?
        /// Token of the newest handshake, for holders of the scope `admin`: the provider wants to have it confirmed.
        package var handshakeToken: String?

        /// - Parameters: see the properties.
        package init(kind: String, received: Int?, lastReceivedAt: Date?, handshakeToken: String?) {
            (self.kind, self.received) = (kind, received)
            (self.lastReceivedAt, self.handshakeToken) = (lastReceivedAt, handshakeToken)
        }

        package enum CodingKeys: String, CodingKey {
            case kind, received
            case lastReceivedAt = "last_received_at"
            case handshakeToken = "handshake_token"
        }
    }

    /// By kind, sorted.
    package var webhooks: [Entry]

    /// - Parameter webhooks: by kind, sorted.
    package init(webhooks: [Entry]) { self.webhooks = webhooks }
}
