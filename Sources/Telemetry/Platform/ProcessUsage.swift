import FoundationEssentials
import Glibc
import Primitives

/// What the process uses, as proc(5) tells it.
struct ProcessUsage: Sendable {
    let residentMemory: ByteCount
    let cpuSeconds: Double
    let openDescriptors: Int
    let descriptorLimit: Double
    let threads: Int
    /// Unix time in seconds.
    let startTime: Double

    /// Reads /proc; nil where it is not mounted. Costs a handful of system calls and does not wait for anything.
    static func current() -> ProcessUsage? {
        guard let stat = text("/proc/self/stat"), let boot = text("/proc/stat"), let afterName = stat.lastIndex(of: ")") else { return nil }
        // The command's name may hold blanks and parentheses, so fields are counted from behind it: the first one is number 3.
        let fields = stat[stat.index(after: afterName)...].split(separator: " ")
        func field(_ number: Int) -> Double? { number - 3 < fields.count ? Double(fields[number - 3]) : nil }
        guard let user = field(14), let system = field(15), let threads = field(20), let start = field(22), let pages = field(24),
            let bootLine = boot.split(separator: "\n").first(where: { $0.hasPrefix("btime ") }),
            let bootTime = Double(bootLine.dropFirst("btime ".count))
        else { return nil }
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        let descriptors = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        return ProcessUsage(
            residentMemory: ByteCount(bytes: Int(pages) * max(1, sysconf(Int32(_SC_PAGESIZE)))),
            cpuSeconds: (user + system) / ticks,
            openDescriptors: descriptors?.count ?? 0,
            descriptorLimit: descriptorLimit(),
            threads: Int(threads),
            startTime: bootTime + start / ticks)
    }

    private static func descriptorLimit() -> Double {
        let line = text("/proc/self/limits")?.split(separator: "\n").first { $0.hasPrefix("Max open files") }
        guard let soft = line?.dropFirst("Max open files".count).split(separator: " ").first else { return 0 }
        return soft == "unlimited" ? .infinity : Double(soft) ?? 0
    }

    private static func text(_ path: String) -> String? {
        FileManager.default.contents(atPath: path).map { String(decoding: $0, as: UTF8.self) }
    }
}
