import Domain
import Logging
import Operations
import ServiceLifecycle
import Telemetry
import UnixSignals

/// `portolan backup archive`: the log all the time, a base backup every hour, until SIGTERM or SIGINT.
package enum BackupArchiveRole {
    /// - Parameters:
    ///   - environment: of the process.
    ///   - stateFolders: where a local stack may run.
    package static func run(environment: [String: String], stateFolders: [String]) async throws {
        let settings = try Settings(SettingsSource(environment: environment))
        StructuredLogHandler.bootstrap(
            service: "backup", format: settings.logFormat, level: settings.logLevel, sampler: settings.logSampler)
        let logger = Logger(label: "portolan.backup")
        try await OperatorBackup.with(environment: environment) { backup in
            try await OperatorDatabase.with(environment: environment, stateFolders: stateFolders) { database in
                try await backup.withService(of: database) { service in
                    let pace = ContinuousBackup.Pace(log: settings.backupLogInterval, base: settings.backupBaseInterval)
                    let work = ContinuousBackup(service, pace: pace, logger: logger)
                    logger.info("backup started", metadata: ["target": "\(service.target.store.baseURL)"])
                    try await ServiceGroup(
                        configuration: .init(
                            services: [.init(service: Archiving(work: work), successTerminationBehavior: .gracefullyShutdownGroup)],
                            gracefulShutdownSignals: [.sigterm, .sigint],
                            logger: Logger(label: "lifecycle") { _ in SwiftLogNoOpLogHandler() })
                    ).run()
                    logger.info("stopped")
                }
            }
        }
    }
}

/// Ends with the process's signals, behind the last round.
private struct Archiving: Service {
    let work: ContinuousBackup

    func run() async throws { try await cancelWhenGracefulShutdown { try await work.run() } }
}
