/// Asks one dependency whether it is there.
package struct DependencyCheck: Sendable {
    /// The dependency's name, such as `postgres`.
    package let name: String
    /// Whether the process is of no use without it.
    package let isHard: Bool
    /// Throws when the dependency is away. Must honor cancellation: it has two seconds.
    package let check: @Sendable () async throws -> Void

    /// - Parameters: see the properties.
    package init(name: String, isHard: Bool, check: @escaping @Sendable () async throws -> Void) {
        (self.name, self.isHard, self.check) = (name, isHard, check)
    }
}

/// How the dependencies were at one moment.
package struct HealthReport: Sendable, Hashable, Codable {
    /// One dependency.
    package struct Component: Sendable, Hashable, Codable {
        package let name: String
        /// `ok` or `down`.
        package let status: String
        /// Whether the process is of no use without it.
        package let hard: Bool
        /// How long the answer took, in milliseconds.
        package let milliseconds: Int
    }

    /// `ok`, `degraded` when only soft dependencies are away, `down` when a hard one is, `draining`, or `starting`.
    package let status: String
    /// The dependencies in the order of their checks.
    package let components: [Component]

    /// Whether every hard dependency is there.
    package var hasHardDependencies: Bool { components.allSatisfy { $0.status == "ok" || !$0.hard } }
}
