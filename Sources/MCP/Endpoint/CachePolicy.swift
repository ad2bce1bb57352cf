import Primitives

/// How long and for whom clients and proxies may keep a result (2026-07-28; earlier revisions have no such thing).
public struct CachePolicy: Sendable, Hashable {
    /// For whom.
    public enum Scope: String, Sendable, Hashable {
        /// The result is the same for all callers.
        case `public`
        /// The result depends on who asks.
        case `private`
    }

    /// How long; zero for not at all.
    public let lifetime: Duration
    /// For whom.
    public let scope: Scope

    /// - Parameters:
    ///   - lifetime: how long; not negative.
    ///   - scope: for whom.
    public init(lifetime: Duration, scope: Scope) {
        self.lifetime = max(.zero, lifetime)
        self.scope = scope
    }

    /// The same lifetime for the caller alone.
    var madePrivate: CachePolicy { CachePolicy(lifetime: lifetime, scope: .private) }

    func apply(to result: inout JSONObject) {
        result["ttlMs"] = .integer(Int(lifetime.milliseconds))
        result["cacheScope"] = .string(scope.rawValue)
    }
}
