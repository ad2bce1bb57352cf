import Logging

/// Runs one check with a time limit.
enum DependencyProbe {
    /// Whether `check` succeeds within `timeout`; why not is logged at `debug`.
    static func passes(_ check: DependencyCheck, timeout: Duration, logger: Logger) async -> Bool {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                do {
                    try await check.check()
                    return true
                } catch {
                    logger.debug(
                        "dependency check failed", metadata: ["dependency": "\(check.name)", "error": "\(String(reflecting: error))"])
                    return false
                }
            }
            group.addTask {
                try? await Task.sleep(for: timeout)
                return false
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
    }
}
