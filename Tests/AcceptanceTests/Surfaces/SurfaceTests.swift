import EmbeddedServices
import Fetch
import FoundationEssentials
import Primitives
import TestSupport
import Testing

extension Acceptance {
    /// The surfaces of a whole stack, asked by the tools of others.
    @Suite struct Surfaces {
        @Test func `schemathesis finds no reply that breaks the description of the API`() async throws {
            try await withTemporaryDirectory { directory in
                let folder = try await SmallSite.prepare(in: directory)
                try await Site(folder: folder).serve { address in
                    try await Stack.with { stack in
                        _ = try await stack.ingest(address, library: "small", include: SmallSite.include)
                        let output = try await Stack.python(
                            "rest_check.py", [stack.url, stack.token.reveal()], within: .seconds(900))
                        print(output.split(separator: "\n").suffix(30).joined(separator: "\n"))
                    }
                }
            }
        }

        @Test func `the console works in a browser`() async throws {
            try await withTemporaryDirectory { directory in
                let folder = try await SmallSite.prepare(in: directory)
                try await Site(folder: folder).serve { address in
                    try await Stack.with { stack in
                        _ = try await stack.ingest(address, library: "small", include: SmallSite.include)
                        let shots = TestData.packageDirectory + "/.build/reports/console"
                        let output = try await Stack.python(
                            "console_check.py", [stack.url, stack.token.reveal(), "--site", address, "--shots", shots],
                            within: .seconds(600))
                        print(output)
                        #expect(output.contains("console: all steps done"))
                    }
                }
            }
        }

        @Test func `a server serves what it is asked for`() async throws {
            try await Stack.with { stack in
                // The settings that the stack's own api runs with.
                var settings: [String: String] = [:]
                for line in try Stack.text("/proc/\(try stack.process("api"))/environ").split(separator: "\0") {
                    let pair = line.split(separator: "=", maxSplits: 1)
                    if pair.count == 2, pair[0].hasPrefix("PORTOLAN_") { settings[String(pair[0])] = String(pair[1]) }
                }
                let claim = try PortClaim.of(nil)
                defer { withExtendedLifetime(claim) {} }
                let port = claim.port
                settings["PORTOLAN_PORT"] = String(port)
                settings["PORTOLAN_ADMIN_PORT"] = "0"
                let binary = PortolanBinary(settings: settings)
                try await withTemporaryDirectory { directory in
                    let child = try binary.start(["api", "--surfaces", "rest"], log: directory + "/log")
                    let url = "http://127.0.0.1:\(port)"
                    func status(_ path: String) async throws -> Int {
                        try await stack.fetcher.send(
                            FetchRequest("GET", url + path, headers: ["Authorization": "Bearer \(stack.token.reveal())"])
                        ).status
                    }
                    let result: Swift.Result<[Int], any Error>
                    do {
                        try await eventually(within: .seconds(60)) { (try? await status("/health")) == 200 }
                        var found: [Int] = []
                        for path in ["/v1/libraries", "/openapi.json", "/mcp", "/webhooks/health", "/"] {
                            found.append(try await status(path))
                        }
                        result = .success(found)
                    } catch { result = .failure(error) }
                    await child.terminate(grace: .seconds(30))
                    #expect(try result.get() == [200, 200, 404, 404, 404])
                }
            }
        }
    }
}
