/// Backups, from the database: how old what can be restored is.
package struct BackupMetricGroup: Sendable {
    /// Which moment is stored. Labels: kind (`base`, `log`). Set by a collector of the scheduler; without a series where there are no backups.
    package let stored: MetricFamily<Gauge>
    /// How often it is to be stored. Labels: kind. Set by the scheduler, whether there are backups or not.
    package let interval: MetricFamily<Gauge>
    /// Failures since the last success. Labels: kind.
    package let failures: MetricFamily<Gauge>
    /// Size of the last one. Labels: kind.
    package let size: MetricFamily<Gauge>

    init(_ registry: MetricRegistry) {
        let kind = MetricLabel.closed("kind", ["base", "log"])
        stored = registry.gauge(
            "portolan_backup_last_success_timestamp_seconds", unit: .seconds, "Which moment the last backup that succeeded holds.",
            labels: [kind])
        interval = registry.gauge(
            "portolan_backup_interval_seconds", unit: .seconds, "How often a backup is to be stored, by the settings.", labels: [kind])
        failures = registry.gauge("portolan_backup_failures", "Backups that failed since the last one that succeeded.", labels: [kind])
        size = registry.gauge("portolan_backup_size_bytes", unit: .bytes, "Size of the last backup.", labels: [kind])
    }
}
