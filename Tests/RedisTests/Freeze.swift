import FoundationEssentials
import Glibc
import TestSupport

/// Stops a process with SIGSTOP, and returns when it has stopped: the signal alone leaves it time for another reply.
func freeze(_ process: Int32) async throws {
    kill(process, SIGSTOP)
    try await eventually {
        let status = try String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)
        // The state follows the name, which ends with the last parenthesis.
        return status[(status.lastIndex(of: ")") ?? status.startIndex)...].dropFirst(2).first == "T"
    }
}
