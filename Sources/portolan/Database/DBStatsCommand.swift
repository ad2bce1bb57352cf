import ArgumentParser
import Composition
import Domain
import Storage

/// `portolan db stats`.
struct DBStatsCommand: DatabaseCommand {
    static let configuration = CommandConfiguration(
        commandName: "stats", abstract: "Count a version's files, formats and validations, or the space of the whole catalog.")

    @Option(help: "The version, or the name of a slot for its latest one; without it the whole catalog.")
    var version: String?

    @Flag(help: "List what the validators found in the version.")
    var validations = false

    @Option(help: "With --validations: only this validator.")
    var validator: String?

    @Option(help: ArgumentHelp("With --validations: only this file.", valueName: "path"))
    var file: String?

    @Flag(help: "With --validations: only what passed.")
    var passedOnly = false

    @OptionGroup var options: DatabaseOptions

    /// All about one version, as JSON.
    struct Report: Encodable {
        let stats: VersionStats
        let usage: StorageUsage
        let validators: [ValidatorCounts]
    }

    func validate() throws {
        if let version { try ArgumentCheck.identifier(version, "--version") }
        if validations, version == nil { throw ValidationError("--validations needs --version.") }
        if !validations, validator != nil || file != nil || passedOnly { throw ValidationError("Filters need --validations.") }
    }

    func run(with session: DatabaseSession) async throws {
        let catalog = session.database.catalog
        guard let version else {
            let usage = try await catalog.storageUsage()
            return try session.show(usage) { Self.text(usage) }
        }
        if validations {
            let found = try await catalog.validations(version, path: file, validator: validator, passedOnly: passedOnly)
            try session.show(found) { Self.text(found) }
            if found.isEmpty { session.note("No validations.") }
            return
        }
        let report = Report(
            stats: try await catalog.versionStats(version), usage: try await catalog.storageUsage(version),
            validators: try await catalog.validationSummary(version))
        try session.show(report) { Self.text(report) }
    }

    private static func text(_ report: Report) -> String {
        let (version, stats) = (report.stats.version, report.stats)
        let facts = TextTable.pairs([
            ("version", version.id), ("label", version.label), ("service", version.service), ("slot", version.slot),
            ("state", version.state + (version.isLatest ? ", latest" : "")), ("created", Figures.text(of: version.createdAt)),
            ("artifacts", "\(stats.artifacts) with \(stats.artifactBytes) bytes"),
            ("files", "\(version.files) with \(version.bytes) bytes"),
            ("average", "\(Figures.fixed(report.usage.averageBytes, digits: 1)) bytes"),
        ])
        var validators = TextTable([.text("VALIDATOR"), .number("PASS"), .number("FAIL"), .number("TIMEOUT")])
        for item in report.validators {
            validators.add([item.validator, "\(item.counts.pass)", "\(item.counts.fail)", "\(item.counts.timeout)"])
        }
        return [facts, formats(stats.formats), validators.isEmpty ? "" : validators.text].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func text(_ usage: StorageUsage) -> String {
        var versions = TextTable([.text("VERSION"), .number("FILES"), .number("BYTES"), .text("LABEL")])
        for item in usage.byVersion { versions.add([item.id, "\(item.files)", "\(item.bytes)", item.label]) }
        let facts = TextTable.pairs([
            ("files", "\(usage.files)"), ("bytes", "\(usage.bytes)"), ("average", "\(Figures.fixed(usage.averageBytes, digits: 1)) bytes"),
        ])
        return [facts, formats(usage.byFormat), versions.isEmpty ? "" : versions.text].filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func formats(_ formats: [FormatUsage]) -> String {
        var table = TextTable([.text("FORMAT"), .number("FILES"), .number("BYTES"), .number("AVERAGE")])
        for item in formats { table.add([item.format, "\(item.files)", "\(item.bytes)", Figures.fixed(item.averageBytes, digits: 1)]) }
        return table.isEmpty ? "" : table.text
    }

    private static func text(_ validations: [ValidationSummary]) -> String {
        var table = TextTable([.text("VALIDATOR"), .text("STATUS"), .text("PATH"), .text("DETAIL"), .text("CHECKED (UTC)")])
        for item in validations {
            table.add([item.validator, item.status, item.path, item.detail ?? "", Figures.text(of: item.checkedAt)])
        }
        return table.isEmpty ? "" : table.text
    }
}
