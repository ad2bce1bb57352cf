import APIServer
import Domain
import Postgres
import Primitives
import Redis
import Resilience

/// The checks behind `/readyz` and `/health`.
extension Backends {
    /// Postgres, with the vector capability.
    var databaseCheck: DependencyCheck {
        let postgres = postgres
        return DependencyCheck(name: "postgres", isHard: true) {
            let rows = try await postgres.query("select 1 from pg_extension where extname = 'vector'", deadline: .after(.seconds(2)))
            guard !rows.isEmpty else { throw StartFailure("The database lacks the extension vector.") }
        }
    }

    /// Redis: hard for those who read and write the streams, soft for the api.
    func redisCheck(isHard: Bool) -> DependencyCheck {
        let redis = redis
        return DependencyCheck(name: "redis", isHard: isHard) {
            _ = try await redis.command("PING", deadline: .after(.seconds(2)))
        }
    }

    /// The embedder, by its circuit: asking it for a vector only to see whether it is there would cost more than it tells.
    private var embedderCheck: DependencyCheck? {
        if case .none = settings.embedder { return nil }
        let dependency = dependencies.of("embedder")
        return DependencyCheck(name: "embedder", isHard: false) {
            guard await dependency.breaker.snapshot().state != .open else { throw StartFailure("The circuit to the embedder is open.") }
        }
    }

    /// The bucket, by asking for an object that need not be there; nil where archives lie in a folder.
    private var storageCheck: DependencyCheck? {
        guard case .bucket = settings.storage else { return nil }
        let objects = settings.storage.store(fetcher: fetcher, gates: gates, dependencies: dependencies)
        return DependencyCheck(name: "storage", isHard: false) { _ = try await objects.exists("health/probe") }
    }

    /// Every component that the health of a role is made of.
    func componentChecks(redisIsHard: Bool) -> [DependencyCheck] {
        [databaseCheck, redisCheck(isHard: redisIsHard)] + [embedderCheck, storageCheck].compactMap(\.self)
    }
}
