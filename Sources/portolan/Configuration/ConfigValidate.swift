import ArgumentParser
import Composition

/// `portolan config validate`.
struct ConfigValidate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Check the settings as the services do at their start; one line for each mistake.")

    func run() async throws {
        try await reportingFailures {
            _ = try Settings(SettingsSource(), needs: [.database, .redis, .publicPort])
            print("The settings are valid.")
        }
    }
}
