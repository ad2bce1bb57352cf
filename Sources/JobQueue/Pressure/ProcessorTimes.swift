import FoundationEssentials

/// What the machine's processors have done for others since it started, in the kernel's ticks. What this process uses is not counted: its own
/// work bounds itself, and to run fewer jobs because a job computes would leave processors idle.
package struct ProcessorTimes: Sendable, Hashable {
    /// Ticks of all processors together in which other processes worked.
    package let busy: UInt64
    /// All ticks.
    package let total: UInt64

    /// Reads /proc; nil where it is not mounted.
    package static func current() -> ProcessorTimes? {
        func text(_ path: String) -> String? {
            FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
        }
        guard let statistics = text("/proc/stat"), let own = text("/proc/self/stat") else { return nil }
        return ProcessorTimes(statistics: statistics, own: own)
    }

    /// Reads the first line of /proc/stat, `cpu user nice system idle iowait irq softirq steal …`, and of /proc/self/stat the fields utime
    /// and stime, the 12th and 13th after the name in parentheses (proc(5)).
    package init?(statistics: String, own: String) {
        guard let line = statistics.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let ticks = line.split(separator: " ").dropFirst().compactMap { UInt64($0) }
        // What guests use is part of user and nice.
        guard ticks.count >= 8 else { return nil }
        total = ticks[..<8].reduce(0, &+)
        let fields = own.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = UInt64(fields[11]), let system = UInt64(fields[12]) else { return nil }
        let all = total &- ticks[3] &- ticks[4]
        busy = all - min(all, user + system)
    }

    /// The share of time since `earlier` in which other processes worked, from 0 to 1; nil when no tick has passed.
    package func load(since earlier: ProcessorTimes) -> Double? {
        guard total > earlier.total else { return nil }
        return min(1, Double(busy - min(busy, earlier.busy)) / Double(total - earlier.total))
    }
}
