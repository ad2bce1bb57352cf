import APIServer
import Postgres
import Primitives
import Redis

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
}
