package import FoundationEssentials
package import Logging

/// Log handler of all services: fixed keys, flattened metadata, secrets masked, one line for each event.
///
/// Keys of a JSON line: `ts` (RFC 3339 in UTC with milliseconds), `level`, `msg`, `service`, `logger`; then `request_id`, `correlation_id`,
/// `job_id`, `trace_id`, `span_id`, `stage` where known; then the metadata by key. Metadata of the event wins over that of the provider
/// (`LogContext`), which wins over the logger's own.
package struct StructuredLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?
    package var logLevel: Logger.Level

    private let label: String
    private let service: String
    private let format: LogFormat
    private let output: any LogOutput
    private let sampler: LogSampler?
    private let now: @Sendable () -> Date

    /// - Parameters:
    ///   - label: the logger's label, key `logger`.
    ///   - service: the role of the process, key `service`.
    ///   - format: JSON or plain lines.
    ///   - level: the lowest level that is written.
    ///   - output: where the lines go.
    ///   - sampler: thins out repeated messages; nil writes all.
    ///   - metadataProvider: gives metadata of the current task.
    ///   - now: the time of the lines.
    package init(
        label: String, service: String, format: LogFormat, level: Logger.Level = .info, output: any LogOutput = StandardError(),
        sampler: LogSampler? = nil, metadataProvider: Logger.MetadataProvider? = LogContext.metadataProvider,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        (self.label, self.service, self.format, self.logLevel) = (label, service, format, level)
        (self.output, self.sampler, self.metadataProvider, self.now) = (output, sampler, metadataProvider, now)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let time = now()
        let message = event.message.description
        var merged = metadata
        if let sampler {
            guard case .write(let suppressed) = sampler.decide(level: event.level, message: message, at: time) else { return }
            if suppressed > 0 { merged["suppressed"] = .stringConvertible(suppressed) }
        }
        if let metadataProvider { merged.merge(metadataProvider.get()) { _, new in new } }
        if let own = event.metadata { merged.merge(own) { _, new in new } }
        if let error = event.error {
            merged["error"] = .string(String(describing: error))
            merged["error_type"] = .string(String(describing: type(of: error)))
        }
        let line = LogLine(
            time: time, level: event.level, message: LogField.cleaned(message), service: service, logger: label,
            fields: LogField.flattened(merged))
        output.write(format == .json ? line.json() : line.text())
    }
}
