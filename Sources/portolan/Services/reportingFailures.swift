import ArgumentParser
import Composition
import Glibc

/// Runs a service command; what keeps it from starting becomes one clear line for each mistake and exit code 1.
func reportingFailures(_ body: () async throws -> Void) async throws {
    // A client that went away must not end the process.
    signal(SIGPIPE, SIG_IGN)
    do {
        try await body()
    } catch let error as SettingsError {
        for line in error.lines { complain(line) }
        throw ExitCode(1)
    } catch let error as StartFailure {
        complain(error.description)
        throw ExitCode(1)
    } catch let error as ExitCode {
        throw error
    } catch {
        complain(String(describing: error))
        throw ExitCode(1)
    }
}

private func complain(_ line: String) {
    let bytes = Array("portolan: \(line)\n".utf8)
    _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
}
