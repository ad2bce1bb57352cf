package import Logging
package import Postgres

/// Lowers the number of jobs that a consumer runs at a time while its dependencies are overloaded, and raises it again afterwards.
package struct ConcurrencyGovernor: Sendable {
    let consumer: StreamConsumer
    let client: PostgresClient
    let logger: Logger
    /// Hears of the number of jobs that may run at a time, once at the start and then after each reading.
    let report: @Sendable (Int) -> Void
    /// Long enough for a percentile, short enough to matter.
    private static let interval: Duration = .seconds(5)

    package init(
        consumer: StreamConsumer, client: PostgresClient, logger: Logger, report: @escaping @Sendable (Int) -> Void = { _ in }
    ) {
        (self.consumer, self.client, self.logger, self.report) = (consumer, client, logger, report)
    }

    /// Governs until cancelled.
    package func run() async {
        var machine = ConcurrencyMachine(limit: consumer.concurrency)
        let client = client
        var gauge = PressureGauge(database: { client.metrics })
        report(machine.allowed)
        var last = ContinuousClock.now
        while true {
            do { try await Task.sleep(for: Self.interval) } catch { return }
            let now = ContinuousClock.now
            govern(&machine, gauge.read(after: last.duration(to: now)))
            last = now
        }
    }

    /// One step: feeds `reading` to `machine` and tells the consumer what it may run.
    package func govern(_ machine: inout ConcurrencyMachine, _ reading: PressureReading) {
        let before = machine.allowed
        let pressures = machine.observe(reading)
        if machine.allowed != before {
            logger.info(
                "worker concurrency changed",
                metadata: [
                    "allowed": "\(machine.allowed)", "limit": "\(machine.limit)",
                    "pressure": "\(pressures.map(\.rawValue).sorted().joined(separator: " "))",
                ])
        }
        consumer.allow(machine.allowed)
        report(machine.allowed)
    }
}
