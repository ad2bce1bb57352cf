import FoundationEssentials
import Glibc
import Primitives

/// The processes of this machine, read from `/proc`.
enum ProcessTable {
    /// The processes that run a program called `name` inside `directory`: servers make their data folder their working directory, so this
    /// finds every process that may still write there, and no identifier that has since been given to a stranger.
    static func identifiers(of name: String, in directory: String) -> [Int32] {
        let directory = FileSystem.resolved(directory)
        let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return entries.compactMap(Int32.init).filter { identifier in
            guard FileSystem.linkTarget("/proc/\(identifier)/cwd") == directory else { return false }
            // A process that is dying has let go of its program, but perhaps not of the memory that it shares with the others yet.
            guard let program = FileSystem.linkTarget("/proc/\(identifier)/exe") else { return true }
            // The kernel marks a program whose file was replaced by an upgrade while it runs.
            let path = program.hasSuffix(" (deleted)") ? program.dropLast(10) : program[...]
            return path.split(separator: "/").last.map { $0.hasPrefix(name) } ?? false
        }
    }

    /// Ends every process found by ``identifiers(of:in:)``: sends each of `signals` in turn and waits up to `patience` after each.
    ///
    /// - Throws: code `timedOut` when one survives them all.
    static func end(_ name: String, in directory: String, signals: [Int32], patience: Duration) async throws {
        for signal in signals {
            let found = identifiers(of: name, in: directory)
            if found.isEmpty { return }
            for identifier in found { kill(identifier, signal) }
            let deadline = Deadline.after(patience)
            while !deadline.hasPassed {
                if identifiers(of: name, in: directory).isEmpty { return }
                try await Task.sleep(for: .milliseconds(10))
            }
        }
        throw EmbeddedServicesError(.timedOut, "an old \(name) of this directory does not end", detail: directory)
    }
}
