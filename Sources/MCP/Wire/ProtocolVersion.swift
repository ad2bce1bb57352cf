/// A revision of the protocol.
public struct ProtocolVersion: Sendable, Hashable, CustomStringConvertible {
    /// How the revision is spoken.
    public enum Era: Sendable, Hashable {
        /// Up to 2025-11-25: an `initialize` handshake comes first.
        case legacy
        /// From 2026-07-28: each request describes itself in `_meta`.
        case modern
    }

    /// The date that names the revision.
    public let name: String
    /// How it is spoken.
    public let era: Era

    private init(_ name: String, _ era: Era) {
        self.name = name
        self.era = era
    }

    /// Stateless, self-describing requests.
    public static let v2026_07_28 = ProtocolVersion("2026-07-28", .modern)
    /// The last revision with a handshake.
    public static let v2025_11_25 = ProtocolVersion("2025-11-25", .legacy)
    /// The first with structured results and resource links.
    public static let v2025_06_18 = ProtocolVersion("2025-06-18", .legacy)
    /// The first with streamable HTTP; what a request without a version header means.
    public static let v2025_03_26 = ProtocolVersion("2025-03-26", .legacy)

    /// All that this library speaks, newest first.
    public static let supported = [v2026_07_28, v2025_11_25, v2025_06_18, v2025_03_26]

    /// The supported revision with this name; nil when there is none.
    public init?(named name: String) {
        guard let known = Self.supported.first(where: { $0.name == name }) else { return nil }
        self = known
    }

    /// Whether results may have structured content and resource links.
    var hasStructuredContent: Bool { self != .v2025_03_26 }

    /// Whether events without data are known, which tell a place to come back to before there is any data.
    var hasPrimingEvents: Bool { self == .v2025_11_25 }

    public var description: String { name }
}
