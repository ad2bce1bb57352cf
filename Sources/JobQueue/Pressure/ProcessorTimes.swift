import FoundationEssentials

/// What the machine's processors have done since it started, in the kernel's ticks.
package struct ProcessorTimes: Sendable, Hashable {
    /// Ticks of all processors together in which work was done.
    package let busy: UInt64
    /// All ticks.
    package let total: UInt64

    /// Reads /proc/stat; nil where it is not mounted.
    package static func current() -> ProcessorTimes? {
        FileManager.default.contents(atPath: "/proc/stat").flatMap { ProcessorTimes(statistics: String(decoding: $0, as: UTF8.self)) }
    }

    /// Reads the first line of /proc/stat (proc(5)): `cpu user nice system idle iowait irq softirq steal …`.
    package init?(statistics: String) {
        guard let line = statistics.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
        let ticks = line.split(separator: " ").dropFirst().compactMap { UInt64($0) }
        // What guests use is part of user and nice.
        guard ticks.count >= 8 else { return nil }
        total = ticks[..<8].reduce(0, &+)
        busy = total &- ticks[3] &- ticks[4]
    }

    /// The share of time since `earlier` in which work was done, from 0 to 1; nil when no tick has passed.
    package func load(since earlier: ProcessorTimes) -> Double? {
        guard total > earlier.total else { return nil }
        return min(1, Double(busy - min(busy, earlier.busy)) / Double(total - earlier.total))
    }
}
