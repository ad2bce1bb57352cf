package import Primitives

/// How much memory the process may use and how much of it is gone: that of its container where it has a bound of its own, else the process's
/// own share of the machine.
package struct MemoryReading: Sendable, Hashable {
    package let used: ByteCount
    package let limit: ByteCount

    /// A reading with these values.
    package init(used: ByteCount, limit: ByteCount) { (self.used, self.limit) = (used, limit) }

    /// Used to all, from 0.
    package var share: Double { limit.bytes > 0 ? Double(used.bytes) / Double(limit.bytes) : 0 }

    /// Reads cgroup v2 (`memory.current` without `inactive_file`, which the kernel gives back on demand, and `memory.max`), else
    /// /proc; nil where neither is there.
    ///
    /// - Parameters:
    ///   - cgroup: the folder of the process's cgroup; nil finds it by /proc/self/cgroup.
    ///   - proc: where proc(5) is mounted.
    package static func current(cgroup: String? = nil, proc: String = "/proc") -> MemoryReading? {
        let folder = cgroup ?? Cgroup.own(proc)
        if let folder, let limit = Cgroup.text("\(folder)/memory.max").flatMap({ Int($0) }), limit > 0,
            let current = Cgroup.text("\(folder)/memory.current").flatMap({ Int($0) })
        {
            let reclaimable = field("inactive_file", in: Cgroup.text("\(folder)/memory.stat"), separator: " ") ?? 0
            return MemoryReading(used: ByteCount(bytes: max(0, current - reclaimable)), limit: ByteCount(bytes: limit))
        }
        guard let total = field("MemTotal:", in: Cgroup.text("\(proc)/meminfo"), separator: " "),
            let resident = field("VmRSS:", in: Cgroup.text("\(proc)/self/status"), separator: " ")
        else { return nil }
        return MemoryReading(used: ByteCount(bytes: resident << 10), limit: ByteCount(bytes: total << 10))
    }

    private static func field(_ name: String, in text: String?, separator: Character) -> Int? {
        for line in (text ?? "").split(separator: "\n") where line.hasPrefix(name) {
            let words = line.split { $0 == separator || $0 == "\t" }
            if words.count >= 2, words[0] == name { return Int(words[1]) }
        }
        return nil
    }
}
