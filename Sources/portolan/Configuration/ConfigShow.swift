import ArgumentParser
import Composition

/// `portolan config show`.
struct ConfigShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print every setting with its value and where it comes from; secrets are not shown.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let report = SettingsReport(SettingsSource())
        print(json ? try report.json() : report.lines().joined(separator: "\n"))
    }
}
