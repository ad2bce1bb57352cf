import EmbeddedServices
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@Suite struct ChildProcessTests {
    @Test(arguments: [0, 1, 42, 255])
    func `the exit status arrives`(_ status: Int32) async throws {
        let child = try ChildProcess.start("/bin/sh", arguments: ["-c", "exit \(status)"])
        #expect(try await child.wait() == .exited(status))
        #expect(child.exitStatus == .exited(status))
        #expect(try await child.wait() == .exited(status))
    }

    @Test(arguments: [SIGTERM, SIGKILL, SIGINT])
    func `a signal that ends it is told from an exit`(_ signal: Int32) async throws {
        let child = try ChildProcess.start("/bin/sleep", arguments: ["600"])
        child.send(signal)
        #expect(try await child.wait() == .signaled(signal))
        child.send(SIGTERM)
    }

    @Test func `a program that is missing is an error and not a status`() {
        let error = #expect(throws: EmbeddedServicesError.self) { try ChildProcess.start("/no/such/program") }
        #expect(error?.code == .system)
    }

    @Test func `environment, folder and arguments are what was asked for`() async throws {
        let output = try await ChildProcess.run(
            "/bin/sh", arguments: ["-c", "echo \"$A|$HOME|$PWD|$1\"", "name", "ü b"], environment: ["A": "1"], directory: "/usr")
        #expect(output == "1||/usr|ü b\n")
    }

    @Test func `no descriptor of the parent reaches it`() async throws {
        let leak = unsafe open("/dev/null", O_RDONLY)
        defer { close(leak) }
        let output = try await ChildProcess.run("/bin/ls", arguments: ["/proc/self/fd"])
        #expect(output.split(separator: "\n").count == 4)
    }

    @Test func `both outputs are appended to a file that only the owner reads`() async throws {
        try await withTemporaryDirectory { directory in
            let log = "\(directory)/log"
            for word in ["one", "two"] {
                let child = try ChildProcess.start("/bin/sh", arguments: ["-c", "echo \(word); echo bad >&2"], output: .file(log))
                #expect(try await child.wait().isSuccess)
            }
            #expect(FileManager.default.contents(atPath: log).map { String(decoding: $0, as: UTF8.self) } == "one\nbad\ntwo\nbad\n")
            #expect(ProcessFacts.mode(of: log) == 0o600)
        }
    }

    @Test func `a failing program throws with its output`() async {
        let error = await #expect(throws: EmbeddedServicesError.self) {
            try await ChildProcess.run("/bin/sh", arguments: ["-c", "echo reason; exit 3"])
        }
        #expect(error?.code == .commandFailed)
        #expect(error?.detail == "reason\n")
        #expect(error?.description == "sh failed with exit status 3")
    }

    @Test func `a program that does not end in time is killed`() async {
        let error = await #expect(throws: EmbeddedServicesError.self) {
            try await ChildProcess.run("/bin/sleep", arguments: ["600"], limit: .milliseconds(20))
        }
        #expect(error?.code == .timedOut)
    }

    @Test func `a waiter can be cancelled and the child runs on`() async throws {
        let child = try ChildProcess.start("/bin/sleep", arguments: ["600"])
        let waiter = Task { try await child.wait() }
        waiter.cancel()
        await #expect(throws: CancellationError.self) { try await waiter.value }
        #expect(child.exitStatus == nil)
        #expect(await child.terminate() == .signaled(SIGTERM))
    }

    @Test func `many waiters get the same answer`() async throws {
        let child = try ChildProcess.start("/bin/sleep", arguments: ["600"])
        try await withThrowingTaskGroup(of: ExitStatus.self) { group in
            for _ in 0..<50 { group.addTask { try await child.wait() } }
            child.send(SIGKILL)
            for try await status in group { #expect(status == .signaled(SIGKILL)) }
        }
    }

    @Test func `a child that ignores the signal is killed after the grace, also by a cancelled task`() async throws {
        try await withTemporaryDirectory { directory in
            let ready = "\(directory)/ready"
            let child = try ChildProcess.start(
                "/bin/sh", arguments: ["-c", "trap '' TERM; : > \(ready); while :; do sleep 600; done"], output: .discarded)
            try await eventually { FileManager.default.fileExists(atPath: ready) }
            let task = Task {
                unsafe withUnsafeCurrentTask { unsafe $0?.cancel() }
                return await child.terminate(grace: .milliseconds(50))
            }
            #expect(await task.value == .signaled(SIGKILL))
        }
    }

    @Test func `signals that the parent ignores end it all the same`() async throws {
        signal(SIGPIPE, SIG_IGN)
        let child = try ChildProcess.start("/bin/sleep", arguments: ["600"])
        child.send(SIGPIPE)
        #expect(try await child.wait() == .signaled(SIGPIPE))
    }

    @Test func `a hundred children at once are all reaped`() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<100 {
                group.addTask {
                    let child = try ChildProcess.start("/bin/sh", arguments: ["-c", "exit \(number)"])
                    #expect(try await child.wait() == .exited(Int32(number)))
                }
            }
            try await group.waitForAll()
        }
    }

    @Test func `root starts it as another user, without groups of its own`() async throws {
        let account = try UserAccount.unprivileged()
        let output = try await ChildProcess.run("/usr/bin/id", arguments: ["-u"], user: account)
        #expect(output == "\(account.user)\n")
        let groups = try await ChildProcess.run("/usr/bin/id", arguments: ["-G"], user: account)
        #expect(groups.split(separator: " ").first.map { $0.filter { !$0.isWhitespace } } == "\(account.group)")
    }
}
