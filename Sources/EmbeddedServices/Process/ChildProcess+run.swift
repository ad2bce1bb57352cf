import CProcess
import FoundationEssentials
import Glibc
import Primitives

extension ChildProcess {
    /// Runs a program to its end and returns what it wrote to standard output and error together, as UTF-8 with invalid bytes replaced.
    ///
    /// Parameters as in ``start(_:arguments:environment:directory:output:user:parentDeathSignal:)``. When the task is cancelled or
    /// `limit` has passed, the program is killed first.
    /// - Throws: code `commandFailed` when it does not exit with 0 (its output is the error's detail), `timedOut`, or `system`.
    @discardableResult
    package static func run(
        _ executable: String, arguments: [String] = [], environment: [String: String]? = nil, directory: String? = nil,
        user: UserAccount = .current, limit: Duration = .seconds(60)
    ) async throws -> String {
        // A file in memory and not a pipe: the program can never block on a reader.
        let file = portolan_process_memory_file()
        guard file >= 0 else { throw EmbeddedServicesError.system("memfd_create", errno) }
        defer { close(file) }
        let child = try start(
            executable, arguments: arguments, environment: environment, directory: directory, output: .descriptor(file), user: user)
        let ended = await child.wait(atMost: limit)
        if ended == nil { await child.terminate(SIGKILL) }
        let output = String(decoding: try FileSystem.contents(ofDescriptor: file), as: UTF8.self)
        let name = executable.split(separator: "/").last.map(String.init) ?? executable
        guard let ended else {
            try Task.checkCancellation()
            throw EmbeddedServicesError(.timedOut, "\(name) did not end in time", detail: output)
        }
        guard ended.isSuccess else { throw EmbeddedServicesError(.commandFailed, "\(name) failed with \(ended)", detail: output) }
        return output
    }
}
