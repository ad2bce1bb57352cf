import ArgumentParser
import Composition

/// `portolan config validate`.
struct ConfigValidate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check the settings as the services do at their start; one line for each mistake.",
        discussion: "Without --role, they must be enough for every role.")

    @Option(help: "Only what this role needs: \(ServiceRole.allCases.map(\.rawValue).joined(separator: ", ")).")
    var role: ServiceRole?

    func run() async throws {
        try await reportingFailures {
            _ = try Settings(SettingsSource(), needs: role?.needs ?? [.database, .redis, .publicPort])
            print("The settings are valid.")
        }
    }
}

extension ServiceRole: ExpressibleByArgument {}
