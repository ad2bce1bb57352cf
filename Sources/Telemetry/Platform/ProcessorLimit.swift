import Glibc

/// How many processors the process may use.
package enum ProcessorLimit {
    /// `cpu.max` of cgroup v2, such as `150000 100000` for one and a half, else the processors of the machine that are online.
    /// - Parameter cgroup: the folder of the process's cgroup; nil finds it by /proc/self/cgroup.
    package static func current(cgroup: String? = nil) -> Double {
        let online = Double(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        guard let folder = cgroup ?? Cgroup.own(), let text = Cgroup.text("\(folder)/cpu.max") else { return online }
        // The quota is the word `max` where there is none.
        let words = text.split(separator: " ")
        guard words.count == 2, let quota = Double(words[0]), let period = Double(words[1]), quota > 0, period > 0 else { return online }
        return min(online, quota / period)
    }
}
