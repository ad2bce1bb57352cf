import APIClient
import APIModel
import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import MCP
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance {
    @Suite(.serialized) struct Lifecycle {
        @Test func `a detached stack is ready, refuses a second one, stops, and starts again with its data`() async throws {
            try await Self.withState { state in
                let binary = PortolanBinary()
                let up = ["up", "--state", state, "--port", "0", "--no-ingest", "--detach"]
                let (status, output) = try await binary.run(up)
                #expect(status.isSuccess, "\(output)")
                #expect(output.contains("/mcp"))
                #expect(try Self.mode(state + "/token") == 0o600)
                #expect(try Self.mode(state + "/client.env") == 0o600)

                try await LoopbackHTTPServer.withServer { _ in
                    .html("<h1>Kept</h1><p>Data that stay.</p>")
                } body: { server in
                    try await Stack.attached(to: state, try Stack.ports(of: state), binary) { stack in
                        _ = try await stack.ingest(server.url + "/", library: "kept", depth: 0)
                        let (second, complaint) = try await binary.run(up)
                        #expect(!second.isSuccess)
                        #expect(complaint.contains("runs already, as process \(stack.ports.process)"), "\(complaint)")
                    }
                }
                let process = try Stack.ports(of: state).process
                let (down, farewell) = try await binary.run(["down", "--state", state])
                #expect(down.isSuccess, "\(farewell)")
                try await eventually { Stack.isGone(process) }
                #expect(!FileManager.default.fileExists(atPath: state + "/ports.json"))
                #expect(try await binary.run(["down", "--state", state]).status.isSuccess)

                try await Stack.with(state: state) { stack in
                    let kept = try await stack.api.documentations(library: "kept").items
                    let found = try await stack.api.search("data that stay").items
                    #expect(kept.first?.sectionCount == 1)
                    #expect(found.count == 1)
                }
            }
        }

        @Test func `a stack on another address of this machine is found there, and ingests its source once`() async throws {
            try await LoopbackHTTPServer.withServer { _ in
                .html("<h1>First</h1><p>What a fresh stack brings in.</p>")
            } body: { server in
                try await Self.withState { state in
                    let binary = PortolanBinary(settings: ["PORTOLAN_BIND": "127.0.0.2", "PORTOLAN_EMBEDDER": "none"])
                    let fetcher = try HTTPFetcher()
                    defer { fetcher.close() }
                    // Without the slash that the address has in its normal form.
                    let up = ["up", "--state", state, "--port", "0", "--source", server.url, "--detach"]
                    for words in ["ingestion started", "documentation is there already"] {
                        let (status, output) = try await binary.run(up)
                        let url = "http://127.0.0.2:\(try Stack.ports(of: state).public)"
                        #expect(status.isSuccess && output.contains("\(url)/mcp"), "\(output)")
                        #expect(try Stack.text(state + "/client.env").contains("PORTOLAN_URL=\(url)\n"))
                        let token = Redacted(try Stack.text(state + "/token").filter { !$0.isWhitespace })
                        let api = PortolanClient(baseURL: url, token: token, fetcher: fetcher)
                        try await eventually { try Stack.text(state + "/logs/up.log").contains(words) }
                        try await eventually { try await api.documentations().items.first?.sectionCount == 1 }
                        #expect(try await api.jobs().items.count == 1)
                        try await eventually { try await api.jobs().items.allSatisfy { $0.status == .completed } }
                        #expect(try await binary.run(["down", "--state", state]).status.isSuccess)
                    }
                }
            }
        }

        @Test func `stacks that start in the same moment have no port in common`() async throws {
            try await withTemporaryDirectory { directory in
                let ports = Locked<[Stack.Ports]>([])
                let over = Expectation()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for number in 1...3 {
                        group.addTask {
                            try await Stack.with(state: "\(directory)/\(number)") { stack in
                                ports.withLock { $0.append(stack.ports) }
                                try await over.fulfillment(within: .seconds(180))
                            }
                        }
                    }
                    group.addTask {
                        try await eventually(within: .seconds(150)) { ports.withLock(\.count) == 3 }
                        over.fulfill()
                    }
                    try await group.waitForAll()
                }
                let all = ports.withLock(\.self).flatMap { [$0.public, $0.api_admin, $0.worker_admin, $0.scheduler_admin] }
                #expect(Set(all).count == 12, "\(all)")
            }
        }

        @Test func `an up that is killed leaves nobody behind, and the next one works`() async throws {
            try await Self.withState { state in
                let binary = PortolanBinary()
                let process = try binary.start(["up", "--state", state, "--port", "0", "--no-ingest"], log: state + ".up.log")
                defer { process.send(SIGKILL) }
                let ports = try await Stack.readyPorts(of: process, state: state)
                let roles = ["api", "worker", "scheduler", "postgres", "redis-server"]
                let children = roles.flatMap { Stack.children(of: ports.process, running: $0) }
                #expect(children.count == roles.count)
                process.send(SIGKILL)
                try await eventually { children.allSatisfy(Stack.isGone) }
                try await Stack.with(state: state) { stack in
                    let listed = try await stack.api.documentations().items
                    #expect(listed.isEmpty)
                }
            }
        }

        @Test func `everything restarted in the middle of a job loses nothing`() async throws {
            try await Self.withState { state in
                let folder = try await SmallSite.prepare(in: state + "-site")
                let site = Site(folder: folder)
                try await site.serve { address in
                    let settings = ["PORTOLAN_EMBEDDING_BATCH_SIZE": "8"]
                    let gate = site.closeGate(after: 5)
                    let job = try await Stack.with(state: state, settings) { stack in
                        let job = try await stack.start(address, library: "restarted", include: SmallSite.include)
                        try await eventually { site.waiting >= 1 }
                        return job
                    }
                    site.misbehave(nil)
                    gate.fulfill()
                    // Held until somebody looks: the job goes on while the rest of the stack is not ready yet.
                    let second = site.closeGate()
                    try await Stack.with(state: state, settings) { stack in
                        site.misbehave(nil)
                        second.fulfill()
                        try await stack.reaches("EMBEDDING", job, chunks: 8)
                    }
                    try await Stack.with(state: state, settings) { stack in
                        let end = try await stack.ended(job)
                        #expect(end.status == .completed)
                        let quiet = try await stack.ingest(address, library: "quiet", include: SmallSite.include)
                        #expect(end.pagesByOutcome == quiet.pagesByOutcome)
                        #expect(end.sectionsChanged == quiet.sectionsChanged)
                        #expect(end.chunksEmbedded == quiet.chunksReused)
                        #expect(try await stack.content(of: "restarted") == stack.content(of: "quiet"))
                        #expect(try await stack.contradictions() == [])
                    }
                }
            }
        }

        @Test func `search falls back to words while the embedding server is away`() async throws {
            let vectors = Site(folder: "/nowhere")
            vectors.misbehave { request in
                let inputs = try JSONValue(parsing: request.body)["input"]?.arrayValue ?? []
                let items = inputs.indices.map { ["index": .integer($0), "embedding": [0.5, 0.5, 0.5, 0.5]] as JSONValue }
                return .json((["data": .array(items)] as JSONValue).serializedText)
            }
            try await vectors.serve { embedder in
                let settings = [
                    "PORTOLAN_EMBEDDER": embedder + "v1", "PORTOLAN_EMBEDDER_MODEL": "test", "PORTOLAN_EMBEDDER_DIMENSION": "4",
                ]
                try await LoopbackHTTPServer.withServer { _ in
                    .html("<h1>Compass</h1><p>How to read a compass.</p>")
                } body: { site in
                    try await Stack.with(settings) { stack in
                        let job = try await stack.ingest(site.url + "/", library: "compass", depth: 0)
                        #expect(job.chunksEmbedded == 1)
                        #expect(try await stack.api.search("read a compass").searchMode == .hybrid)
                        vectors.misbehave { _ in .status(503) }
                        let answer = try await stack.api.search("reading the compass")
                        #expect(answer.searchMode == .keywordFallback)
                        #expect(answer.items.count == 1)
                        #expect(answer.isDegraded)
                        #expect(!answer.reasons.isEmpty)
                    }
                }
            }
        }

        @Test func `a wrong configuration stops the start with one line for each mistake`() async throws {
            try await Self.withState { state in
                let binary = PortolanBinary(settings: [
                    "PORTOLAN_LOG_LEVEL": "loud", "PORTOLAN_INGESTION_SLOTS": "none", "PORTOLAN_RATE_LIMTI": "off",
                    "PORTOLAN_TOKEN": "too short",
                ])
                let (status, output) = try await binary.run(["up", "--state", state, "--port", "0", "--detach"])
                #expect(!status.isSuccess)
                let lines = output.split(separator: "\n")
                #expect(lines.count == 4, "\(output)")
                for key in ["LOG_LEVEL", "INGESTION_SLOTS", "RATE_LIMTI", "TOKEN"] {
                    #expect(lines.count { $0.contains("PORTOLAN_\(key):") } == 1, "\(key): \(output)")
                }
                #expect(!output.contains("too short"))
                #expect(!FileManager.default.fileExists(atPath: state + "/postgres"))
            }
        }

        @Test(arguments: ["api", "worker", "scheduler", "migrate"])
        func `a role without its database says which setting is missing`(role: String) async throws {
            let (status, output) = try await PortolanBinary().run([role])
            #expect(!status.isSuccess)
            #expect(output.contains("PORTOLAN_DATABASE_URL: is required"), "\(output)")
        }

        /// Runs `body` with the path of a state folder, and stops whatever runs on it afterwards.
        private static func withState(_ body: (String) async throws -> Void) async throws {
            try await withTemporaryDirectory { directory in
                let state = directory + "/state"
                try FileManager.default.createDirectory(atPath: state + "-site", withIntermediateDirectories: false)
                let result: Swift.Result<Void, any Error>
                do { result = .success(try await body(state)) } catch { result = .failure(error) }
                // Not inherited: what runs detached has to stop in a cancelled test too.
                _ = await Task { try? await PortolanBinary().run(["down", "--state", state]) }.value
                try result.get()
            }
        }

        private static func mode(_ file: String) throws -> Int {
            try #require(FileManager.default.attributesOfItem(atPath: file)[.posixPermissions] as? Int)
        }
    }
}
