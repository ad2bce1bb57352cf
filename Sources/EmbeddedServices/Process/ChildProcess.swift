import CProcess
import FoundationEssentials
import Glibc
import Primitives

/// A supervised child process in a process group of its own, so that a Ctrl-C at the terminal reaches the parent only.
///
/// By default the kernel ends it when this process ends in any way, `kill -9` included. Waiting uses a thread of the child's own
/// and never blocks the shared pool. The child is reaped whether or not anybody waits; dropping the value does not end it.
package final class ChildProcess: Sendable {
    /// Where the child's output goes.
    package enum Output: Sendable {
        /// To this process's own standard output and error.
        case inherited
        /// Both appended to the file at this path, made with mode 600 if it is missing.
        case file(String)
        /// Nowhere.
        case discarded
        /// Both to this open descriptor, which stays the caller's.
        case descriptor(Int32)
    }

    /// The child's identifier; it stays taken until the exit status is known.
    package let processIdentifier: Int32
    private let life: ChildLife

    private init(processIdentifier: Int32, life: ChildLife) {
        self.processIdentifier = processIdentifier
        self.life = life
    }

    /// Starts `executable`. Blocks for the fork and exec (milliseconds), not for the program.
    ///
    /// - Parameters:
    ///   - executable: absolute path.
    ///   - arguments: without the name of the program.
    ///   - environment: all of it; nil passes on this process's own.
    ///   - directory: its working directory; nil keeps the current one.
    ///   - user: whom to run as; only root can name another account than its own.
    ///   - parentDeathSignal: what the kernel sends it when this process ends; nil lets it live on.
    /// - Throws: code `system` when it cannot be started: missing, not executable, or no permission.
    package static func start(
        _ executable: String, arguments: [String] = [], environment: [String: String]? = nil, directory: String? = nil,
        output: Output = .inherited, user: UserAccount = .current, parentDeathSignal: Int32? = SIGTERM
    ) throws(EmbeddedServicesError) -> ChildProcess {
        let opened: Bool
        let descriptor: Int32
        switch output {
        case .inherited: (opened, descriptor) = (false, -1)
        case .descriptor(let number): (opened, descriptor) = (false, number)
        case .discarded: (opened, descriptor) = (true, try FileSystem.open("/dev/null", O_WRONLY))
        case .file(let path): (opened, descriptor) = (true, try FileSystem.open(path, O_WRONLY | O_CREAT | O_APPEND))
        }
        defer { if opened { close(descriptor) } }

        let values = (environment ?? ProcessInfo.processInfo.environment).map { "\($0)=\($1)" }
        let life = ChildLife()
        let context = unsafe Unmanaged.passRetained(life)  // released by `ended`, or below when that is never called
        var identifier: pid_t = 0
        let failure = unsafe withStrings([executable] + arguments, values) { arguments, environment in
            unsafe executable.withCString { path in
                unsafe withOptionalString(directory) { directory in
                    var process = unsafe portolan_process(
                        executable: path, arguments: arguments, environment: environment, directory: directory, output: descriptor,
                        error: descriptor, changes_user: user != .current, user: user.user, group: user.group,
                        parent_death_signal: parentDeathSignal ?? 0)
                    return unsafe portolan_process_start(
                        &process,
                        { context, signaled, status in
                            guard let context = unsafe context else { return }
                            let life = unsafe Unmanaged<ChildLife>.fromOpaque(context).takeRetainedValue()
                            life.end(signaled ? .signaled(status) : .exited(status))
                        }, context.toOpaque(), &identifier)
                }
            }
        }
        guard failure == 0 else {
            unsafe context.release()
            throw EmbeddedServicesError(.system, "a process could not be started: error \(failure)", detail: executable)
        }
        return ChildProcess(processIdentifier: identifier, life: life)
    }

    /// How it ended; nil while it runs.
    package var exitStatus: ExitStatus? { life.status }

    /// Sends `signal` to the process; does nothing once it has ended, so the signal never reaches a stranger with the same identifier.
    package func send(_ signal: Int32) {
        life.whileRunning { _ = Glibc.kill(processIdentifier, signal) }
    }

    /// Suspends until it has ended; any number of callers may wait.
    ///
    /// - Throws: `CancellationError` when the waiting task is cancelled; the process runs on.
    package func wait() async throws(CancellationError) -> ExitStatus {
        guard let status = await life.wait() else { throw CancellationError() }
        return status
    }

    /// Suspends until it has ended, but at most `limit`; nil when it still runs then or the task was cancelled.
    package func wait(atMost limit: Duration) async -> ExitStatus? {
        await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { await self.life.wait() }
            group.addTask {
                try? await Task.sleep(for: limit)
                return nil
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            return first ?? exitStatus
        }
    }

    /// Sends `signal`, waits up to `grace`, then kills it and its process group; returns when it has ended, also in a cancelled task.
    @discardableResult
    package func terminate(_ signal: Int32 = SIGTERM, grace: Duration = .seconds(10)) async -> ExitStatus {
        send(signal)
        // A task of its own, because it does not inherit cancellation: cleaning up has to work in a cancelled task too.
        return await Task {
            if let status = await self.wait(atMost: grace) { return status }
            // The whole group: what the child started itself would live on without anybody who knows it.
            self.life.whileRunning { _ = Glibc.kill(-self.processIdentifier, SIGKILL) }
            while true {
                if let status = await self.life.wait() { return status }
            }
        }.value
    }
}

/// The part of a child that its attending thread touches.
private final class ChildLife: Sendable {
    private struct State {
        var status: ExitStatus?
        var waiters: [Int: CheckedContinuation<ExitStatus?, Never>] = [:]
        var cancelled: Set<Int> = []
        var next = 0
    }

    private let state = Locked(State())

    var status: ExitStatus? { state.withLock { $0.status } }

    func whileRunning(_ body: () -> Void) {
        // The thread records the end before it reaps the child, so under the lock the identifier cannot have been given to another process.
        state.withLock { if $0.status == nil { body() } }
    }

    func end(_ status: ExitStatus) {
        let waiters = state.withLock { state in
            state.status = status
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume(returning: status) }
    }

    /// The status, or nil when the task is cancelled first.
    func wait() async -> ExitStatus? {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: ExitStatus?? = state.withLock { state in
                    if let status = state.status { return .some(status) }
                    if state.cancelled.remove(number) != nil { return .some(nil) }
                    state.waiters[number] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                if let waiter = state.waiters.removeValue(forKey: number) { return waiter as CheckedContinuation? }
                if state.status == nil { state.cancelled.insert(number) }
                return nil
            }
            waiter?.resume(returning: nil)
        }
    }
}
