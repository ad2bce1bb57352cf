import Primitives

/// The process itself: build, resources, readiness.
package struct ProcessMetricGroup: Sendable {
    /// Always 1; the labels say what runs. Labels: version, revision, role.
    package let buildInfo: MetricFamily<Gauge>
    /// 1 when a dependency is usable, else 0. Labels: dependency.
    package let dependencyReady: MetricFamily<Gauge>
    /// Time of the last check of a dependency. Labels: dependency.
    package let dependencyCheck: MetricFamily<Gauge>
    /// Room on the file systems that the process writes to. Labels: volume (`archives`, `backups`, `spool`, `work`). Set by a collector.
    package let diskFree: MetricFamily<Gauge>
    /// Size of these file systems. Labels: volume.
    package let diskSize: MetricFamily<Gauge>
    /// 1 while `/readyz` answers 200, else 0.
    package let ready: MetricFamily<Gauge>
    /// Resident memory.
    package let residentMemory: MetricFamily<Gauge>
    /// Processor time, user and system.
    package let cpu: MetricFamily<Counter>
    /// Processors that the process may use: of its container where that has a bound, else of the machine.
    package let processors: MetricFamily<Gauge>
    /// Open file descriptors.
    package let openDescriptors: MetricFamily<Gauge>
    /// The limit on open file descriptors.
    package let descriptorLimit: MetricFamily<Gauge>
    /// Threads.
    package let threads: MetricFamily<Gauge>
    /// When the process started, in Unix time.
    package let startTime: MetricFamily<Gauge>
    /// Label sets folded into `other`. Labels: metric.
    package let overflows: MetricFamily<Counter>

    init(_ registry: MetricRegistry, build: BuildInfo) {
        buildInfo = registry.gauge(
            "portolan_build_info", "Always 1; the labels say what runs.", labels: [.open("version"), .open("revision"), .open("role")])
        dependencyReady = registry.gauge(
            "portolan_dependency_ready", "1 when a dependency is usable.", labels: [.open("dependency")], seriesLimit: 20)
        dependencyCheck = registry.gauge(
            "portolan_dependency_check_duration_seconds", unit: .seconds, "Time of the last check of a dependency.",
            labels: [.open("dependency")], seriesLimit: 20)
        let volume = MetricLabel.closed("volume", ["archives", "backups", "spool", "work"])
        diskFree = registry.gauge(
            "portolan_disk_free_bytes", unit: .bytes, "Room on the file systems that the process writes to.", labels: [volume])
        diskSize = registry.gauge(
            "portolan_disk_size_bytes", unit: .bytes, "Size of the file systems that the process writes to.", labels: [volume])
        ready = registry.gauge("portolan_ready", "1 while the readiness probe answers 200.")
        residentMemory = registry.gauge("portolan_process_resident_memory_bytes", unit: .bytes, "Resident memory.")
        cpu = registry.counter("portolan_process_cpu_seconds_total", unit: .seconds, "Processor time, user and system.")
        processors = registry.gauge("portolan_process_cpu_limit", "Processors that the process may use.")
        openDescriptors = registry.gauge("portolan_process_open_fds", "Open file descriptors.")
        descriptorLimit = registry.gauge("portolan_process_max_fds", "The limit on open file descriptors.")
        threads = registry.gauge("portolan_process_threads", "Threads.")
        startTime = registry.gauge("portolan_process_start_time_seconds", unit: .seconds, "Start of the process in Unix time.")
        overflows = registry.counter(
            "portolan_metric_overflows_total", "Label sets folded into other, by metric.", labels: [.open("metric")], seriesLimit: 200)

        buildInfo.set(1, build.version, build.revision, build.role)
        let copy = self
        // The registry outlives its collectors; a strong reference back to it would keep both alive for ever.
        registry.addCollector { [weak registry] in copy.update(from: registry) }
    }

    private func update(from registry: MetricRegistry?) {
        for (metric, count) in registry?.overflows ?? [:] { overflows.advance(to: count, metric) }
        guard let usage = ProcessUsage.current() else { return }
        residentMemory.set(usage.residentMemory.bytes)
        cpu.advance(to: usage.cpuSeconds)
        processors.set(ProcessorLimit.current())
        openDescriptors.set(usage.openDescriptors)
        descriptorLimit.set(usage.descriptorLimit)
        threads.set(usage.threads)
        startTime.set(usage.startTime)
    }
}
