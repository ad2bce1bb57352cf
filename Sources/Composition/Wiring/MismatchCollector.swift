import Domain
import Postgres
import Primitives
import Storage
import Telemetry

/// Whether a process and the database fit together: the schema that the binary knows, and the model that it embeds with.
///
/// Start-up waits for the schema, but a database can be restored to an older one below a process that runs.
enum MismatchCollector {
    private static let pause = Duration.seconds(30)
    /// A server that does not answer holds up a scrape no longer than that.
    private static let patience = Duration.seconds(2)

    /// The schema, for every role.
    static func installSchema(_ metrics: MetricCatalog, _ postgres: PostgresClient) {
        let (mismatches, pace) = (metrics.servers.schemaMismatches, CollectorPace(pause))
        let runner = MigrationRunner(client: postgres, migrations: Schema.migrations)
        metrics.registry.addCollector {
            guard pace.isDue() else { return }
            do {
                mismatches.set(try await runner.pending(deadline: .after(patience)).count, "pending")
                mismatches.set(0, "altered")
            } catch {
                // A server that is away says nothing about its schema: what was seen last stays.
                if (error as? PostgresError)?.code == .migration { mismatches.set(1, "altered") }
            }
        }
    }

    /// The model, for roles that embed; nothing without a profile.
    static func installModel(_ metrics: MetricCatalog, _ postgres: PostgresClient, _ profile: EmbeddingProfile?) {
        guard let profile else { return }
        let (documentations, pace) = (metrics.embedder.documentations, CollectorPace(pause))
        metrics.registry.addCollector {
            guard pace.isDue(), let now = try? await DocumentationModels.read(postgres, profile: profile, deadline: .after(patience)) else {
                return
            }
            documentations.set(now.own, "own")
            documentations.set(now.other, "other")
            documentations.set(now.none, "none")
        }
    }
}
