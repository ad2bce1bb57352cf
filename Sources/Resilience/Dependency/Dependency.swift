package import Primitives

/// Everything that bounds the calls to one dependency: its circuit, how many run at a time, how many are repeated.
package final class Dependency: Sendable {
    /// The kind, for metrics.
    package let kind: String
    /// The kind, and the origin where a kind has many: `github`, `confluence@https://wiki.example.org`.
    package let name: String
    package let breaker: CircuitBreaker
    package let bulkhead: Bulkhead
    /// Shared by all who repeat calls to it.
    package let retries: RetryBudget

    /// - Parameters:
    ///   - name: the profile's kind unless a kind has many.
    ///   - store: the state of the circuit; nil keeps it in this process.
    package init(_ profile: DependencyProfile, name: String? = nil, store: (any BreakerStore)? = nil) {
        let name = name ?? profile.kind
        (kind, self.name) = (profile.kind, name)
        breaker = CircuitBreaker(name: name, store: store ?? LocalBreakerStore(configuration: profile.breaker))
        bulkhead = Bulkhead(name: name, limit: profile.concurrency, waitLimit: profile.waiting)
        retries = RetryBudget()
    }

    /// Waits for its turn, then makes the call if the circuit lets it pass: who waits holds no permit.
    ///
    /// - Parameters:
    ///   - deadline: bound on the wait for the turn.
    ///   - outcome: what a returned value says about the dependency.
    /// - Throws: ``ResilienceError`` `.circuitOpen`, `.bulkheadFull`, `.timeout` or `.cancelled` when `body` was not run; else what it throws.
    package func call<Result>(
        deadline: Deadline? = nil, outcome: (Result) -> CircuitOutcome = { _ in .success }, _ body: () async throws -> Result
    ) async throws -> Result {
        try await bulkhead.run(deadline: deadline) { try await breaker.call(outcome: outcome, body) }
    }
}

/// The dependencies of one process, by kind and origin.
package final class Dependencies: Sendable {
    /// Makes the state of a circuit; nil keeps it in this process.
    package typealias MakeStore = @Sendable (_ name: String, _ profile: DependencyProfile) -> (any BreakerStore)?

    /// Origins of one process that have a circuit of their own; those beyond share one by kind.
    package static let maximumOrigins = 200

    private let profiles: [String: DependencyProfile]
    private let makeStore: MakeStore
    private let known = Locked<[String: Dependency]>([:])

    /// - Parameters:
    ///   - profiles: one for each kind.
    ///   - known: dependencies that are made already.
    package init(
        _ profiles: [DependencyProfile] = DependencyProfile.all, known: [Dependency] = [], makeStore: @escaping MakeStore = { _, _ in nil }
    ) {
        self.profiles = Dictionary(profiles.map { ($0.kind, $0) }) { $1 }
        self.makeStore = makeStore
        self.known.withLock { $0 = Dictionary(known.map { ($0.name, $0) }) { $1 } }
    }

    /// The dependency of `kind`.
    ///
    /// - Parameter origin: which of many, such as a server that an operator runs; nil for the one that everybody means.
    package func of(_ kind: String, at origin: String? = nil) -> Dependency {
        known.withLock { known in
            var name = origin.map { "\(kind)@\($0.prefix(200))" } ?? kind
            if let dependency = known[name] { return dependency }
            if origin != nil, known.count >= Self.maximumOrigins { name = "\(kind)@other" }
            if let dependency = known[name] { return dependency }
            let profile = profiles[kind] ?? DependencyProfile(kind, concurrency: 32, waiting: 1000)
            let dependency = Dependency(profile, name: name, store: makeStore(name, profile))
            known[name] = dependency
            return dependency
        }
    }

    /// Those that were asked for, by name.
    package var all: [Dependency] { known.withLock { $0.values.sorted { $0.name < $1.name } } }

    /// The profile of the dependency called `name`, which may hold an origin; nil for a kind that does not exist.
    package func profile(of name: String) -> DependencyProfile? {
        profiles[String(name.prefix { $0 != "@" })]
    }

    /// All kinds.
    package var kinds: [String] { profiles.keys.sorted() }
}
