import ArgumentParser
import Composition

/// `portolan api`.
struct API: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "api", abstract: "Serve REST, MCP, webhooks and the console; stateless, any number of replicas.")

    @Option(help: "What to serve: some of rest, mcp, webhooks, console. All without it.")
    var surfaces: String?

    func run() async throws {
        let flags = surfaces.map { ["SURFACES": $0] } ?? [:]
        try await reportingFailures { try await APIRole.run(flags: flags) }
    }
}

/// `portolan worker`.
struct Worker: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run ingestion jobs; stateless, any number of replicas.")

    func run() async throws { try await reportingFailures { try await WorkerRole.run() } }
}

/// `portolan scheduler`.
struct Scheduler: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Publish, reclaim and clean up; leader by lease, any number of replicas.")

    func run() async throws { try await reportingFailures { try await SchedulerRole.run() } }
}

/// `portolan migrate`.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Bring the database schema up to date, once and forward only.")

    @Flag(help: "List what is pending and change nothing.")
    var dryRun = false

    func run() async throws {
        try await reportingFailures {
            let settings = try Settings(SettingsSource(), needs: ServiceRole.migrate.needs)
            let outcome = try await MigrateRole.run(settings: settings, isDryRun: dryRun)
            let names = outcome.migrations
            if names.isEmpty { print("The schema is up to date.") }
            for name in names { print(dryRun ? "pending: \(name)" : "applied: \(name)") }
            if let problem = outcome.rolesProblem { print(problem) }
        }
    }
}
