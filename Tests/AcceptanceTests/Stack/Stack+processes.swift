import EmbeddedServices
import FoundationEssentials
import Glibc
import TestSupport

/// The processes of a stack, to be killed.
extension Stack {
    /// Processes whose parent is `parent` and that run the program `name`, or ours in the role `name`; lowest number first.
    static func children(of parent: Int32, running name: String) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { identifier in
            guard let status = try? text("/proc/\(identifier)/stat"), let command = try? text("/proc/\(identifier)/cmdline") else {
                return false
            }
            // The name of the program stands in parentheses and may hold spaces.
            let fields = status.split(separator: ")").last?.split(separator: " ") ?? []
            let words = command.split(whereSeparator: { $0 == "\0" || $0 == " " })
            let isRunning = words.first?.split(separator: "/").last == name[...] || words.last == name[...]
            return fields.count > 1 && fields[1] == "\(parent)" && fields[0] != "Z" && isRunning
        }.sorted()
    }

    /// The process of a role: `api`, `worker`, `scheduler`, `postgres` or `redis-server`.
    func process(_ role: String) throws -> Int32 {
        guard let found = Self.children(of: ports.process, running: role).first else { throw Unexpected("no process runs as \(role)") }
        return found
    }

    /// Kills a role with signal 9 and waits until it is gone.
    func kill(_ role: String) async throws {
        let identifier = try process(role)
        Glibc.kill(identifier, SIGKILL)
        try await eventually { Self.isGone(identifier) }
    }

    /// Whether a process has ended; its parent need not have noticed yet.
    static func isGone(_ identifier: Int32) -> Bool {
        Glibc.kill(identifier, 0) != 0 || (try? text("/proc/\(identifier)/stat"))?.contains(") Z") ?? true
    }

    /// Sends a command to the stack's Redis.
    @discardableResult
    func redis(_ command: String...) async throws -> String {
        try await ChildProcess.run("/usr/bin/redis-cli", arguments: ["-s", "\(state)/redis/redis.sock"] + command)
    }

    /// Runs a script of `deploy` on the Python of `deploy/setup`.
    static func python(_ script: String, _ arguments: [String], within limit: Duration = .seconds(120)) async throws -> String {
        try await TestPython.run(["\(TestData.packageDirectory)/deploy/\(script)"] + arguments, within: limit)
    }
}
