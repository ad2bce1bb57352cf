import Domain
import Fetch

/// Sums over what happened in one interval, by host, by limit, and by what was done to stored objects.
struct IntervalFigures: Sendable {
    /// Hosts and limits that are told apart; the rest counts as `other`.
    static let mostNames = 50

    private struct Host {
        var answers = 0
        var notModified = 0
        var failures = 0
        var bytes = 0
        var milliseconds = 0.0
        var latency = [Int](repeating: 0, count: NetworkLatency.columns.count)
        var cooldowns = 0
        var longestCooldown = 0
    }

    private var hosts: [String: Host] = [:]
    private var limits: [String: (allowed: Int, refused: Int)] = [:]
    private var stored: [EventType: (operations: Int, objects: Int, bytes: Int64)] = [:]

    mutating func addStorage(_ type: EventType, objects: Int, bytes: Int64) {
        var sum = stored[type] ?? (0, 0, 0)
        sum.operations += 1
        sum.objects += objects
        // A sum that no integer holds is nothing to end a process for.
        sum.bytes = sum.bytes.addingReportingOverflow(bytes).overflow ? .max : sum.bytes + bytes
        stored[type] = sum
    }

    mutating func add(_ transfer: TransferReport) {
        let name = Self.host(of: transfer.url)
        let key = hosts[name] != nil || hosts.count < Self.mostNames ? name : "other"
        var host = hosts[key] ?? Host()
        host.bytes += transfer.bytes
        if let status = transfer.status {
            host.answers += 1
            if status == 304 { host.notModified += 1 }
            let (seconds, attoseconds) = transfer.duration.components
            host.milliseconds += Double(seconds) * 1e3 + Double(attoseconds) / 1e15
            host.latency[NetworkLatency.index(transfer.duration)] += 1
            if status == 429 || status == 503, let text = transfer.retryAfter {
                host.cooldowns += 1
                // A date is an answer too, of which the length is not known here.
                host.longestCooldown = max(host.longestCooldown, min(max(Int(text) ?? 0, 0), 86_400))
            }
        } else {
            host.failures += 1
        }
        hosts[key] = host
    }

    mutating func addDecision(_ perSecond: Double, isAllowed: Bool) {
        let tenths = Int((min(max(perSecond, 0), 1e9) * 100).rounded())
        let name = "\(tenths / 100).\(tenths % 100 < 10 ? "0" : "")\(tenths % 100)/s"
        let key = limits[name] != nil || limits.count < Self.mostNames ? name : "other"
        limits[key, default: (0, 0)].allowed += isAllowed ? 1 : 0
        limits[key, default: (0, 0)].refused += isAllowed ? 0 : 1
    }

    /// The sums as events.
    var events: [NewEvent] {
        let requests = hosts.sorted { $0.key < $1.key }.map { name, host in
            var payload = [
                "host": name, "answers": "\(host.answers)", "not_modified": "\(host.notModified)", "failures": "\(host.failures)",
                "bytes": "\(host.bytes)", "milliseconds": "\(Int(host.milliseconds.rounded()))",
            ]
            for (column, count) in zip(NetworkLatency.columns, host.latency) { payload[column] = "\(count)" }
            return NewEvent(.request, payload)
        }
        let cooldowns = hosts.sorted { $0.key < $1.key }.filter { $0.value.cooldowns > 0 }.map { name, host in
            NewEvent(
                .cooldown, .warning, ["host": name, "answers": "\(host.cooldowns)", "longest_seconds": "\(host.longestCooldown)"])
        }
        let decisions = limits.sorted { $0.key < $1.key }.map { rate, count in
            NewEvent(
                .acquire, count.refused > 0 ? .warning : .info,
                ["rate": rate, "allowed": "\(count.allowed)", "refused": "\(count.refused)"])
        }
        let storage = stored.sorted { $0.key.rawValue < $1.key.rawValue }.map { type, sum in
            var payload = ["operations": "\(sum.operations)", "objects": "\(sum.objects)"]
            if type == .storagePut { payload["bytes"] = "\(sum.bytes)" }
            return NewEvent(type, payload)
        }
        return requests + cooldowns + decisions + storage
    }

    /// The host of an address, in lower case, without user, port and path; at most 253 characters.
    static func host(of url: String) -> String {
        let rest = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: false).dropFirst(2).first ?? ""
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" }.dropFirst() : host.prefix { $0 != ":" }
        return name.isEmpty ? "unknown" : String(name.lowercased().prefix(253))
    }
}
