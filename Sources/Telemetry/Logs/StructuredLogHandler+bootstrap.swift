package import Logging

extension StructuredLogHandler {
    /// Makes this handler the one behind every `Logger` of the process, on standard error. Call it once, first thing; a second call traps
    /// in swift-log.
    ///
    /// - Parameters:
    ///   - service: the role of the process.
    ///   - format: see `LogFormat.chosen(setting:isTerminal:)`.
    ///   - level: the lowest level that is written.
    ///   - sampler: thins out repeated messages, but for those of ``unsampled``; nil writes all.
    package static func bootstrap(service: String, format: LogFormat, level: Logger.Level = .info, sampler: LogSampler? = nil) {
        let output = StandardError()
        LoggingSystem.bootstrap(
            { label, provider in
                StructuredLogHandler(
                    label: label, service: service, format: format, level: level, output: output,
                    sampler: Self.sampler(sampler, for: label),
                    metadataProvider: provider)
            }, metadataProvider: LogContext.metadataProvider)
    }

    /// Loggers whose every line is written: the audit is a record of each call, and where its rows are lost the log is the only one.
    package static let unsampled: Set<String> = ["portolan.audit"]

    /// What thins out the lines of the logger `label`.
    static func sampler(_ sampler: LogSampler?, for label: String) -> LogSampler? { unsampled.contains(label) ? nil : sampler }
}
