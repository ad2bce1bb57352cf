import APIClient
import APIModel
import EmbeddedServices
import FoundationEssentials
import Primitives
import TestSupport
import Testing

extension Acceptance {
    /// The page for whoever is called because a job failed.
    @Suite struct Triage {
        /// The commands of `docs/operations.md` below the mark, in their order.
        private static func commands() throws -> String {
            let page = try Stack.text(TestData.packageDirectory + "/docs/operations.md")
            var (commands, isMarked, isInside) = ([Substring](), false, false)
            for line in page.split(separator: "\n", omittingEmptySubsequences: false) {
                if line == "<!-- triage -->" {
                    isMarked = true
                } else if isMarked, line == "```sh" {
                    isInside = true
                } else if line == "```" {
                    (isMarked, isInside) = (false, false)
                } else if isInside {
                    commands.append(line)
                }
            }
            return commands.joined(separator: "\n")
        }

        @Test func `the commands for a failed job show why, and those that run it again do`() async throws {
            let isBroken = Locked(true)
            try await LoopbackHTTPServer.withServer { _ in
                isBroken.withLock(\.self) ? .status(404) : .html("<h1>Mended</h1><p>There it is.</p>")
            } body: { site in
                try await Stack.with { stack in
                    let job = try await stack.ended(stack.start(site.url + "/", library: "mended", depth: 0))
                    #expect(job.status == .failed)
                    let all = try Self.commands()
                    let repair = try #require(all.firstRange(of: "portolan ingest run"))
                    let looking = String(all[..<repair.lowerBound])
                    let (status, told) = try await Self.run(looking, stack, site.url)
                    #expect(status.isSuccess, "\(told)")
                    #expect(
                        told.contains(job.id) && told.contains("does not exist") && told.contains("Every circuit is closed."), "\(told)")
                    #expect(told.contains("job failed"), "\(told)")
                    isBroken.withLock { $0 = false }
                    let (again, output) = try await Self.run(String(all[repair.lowerBound...]), stack, site.url)
                    #expect(again.isSuccess && output.contains("COMPLETED") && output.contains(job.id), "\(output)")
                    #expect(try await stack.api.search("there it is").items.count == 1)
                }
            }
        }

        /// Runs `script` as somebody at a terminal would who has the stack's `client.env`.
        private static func run(
            _ script: String, _ stack: Stack, _ site: String
        ) async throws -> (EmbeddedServices.ExitStatus, String) {
            try await withTemporaryDirectory { folder in
                try FileManager.default.createSymbolicLink(atPath: folder + "/portolan", withDestinationPath: PortolanBinary.path)
                var environment = stack.binary.environment
                environment["PATH"] = "\(folder):/usr/bin:/bin"
                environment["PORTOLAN_URL"] = stack.url
                environment["PORTOLAN_TOKEN"] = stack.token.reveal()
                environment["LOGS"] = stack.state + "/logs"
                (environment["URL"], environment["LIBRARY"]) = (site + "/", "mended")
                let log = folder + "/output"
                let child = try ChildProcess.start(
                    "/bin/bash", arguments: ["-euo", "pipefail", "-c", script], environment: environment, output: .file(log))
                let status = await child.wait(atMost: .seconds(180))
                if status == nil { await child.terminate() }
                return (try #require(status), try Stack.text(log))
            }
        }
    }
}
