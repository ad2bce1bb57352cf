import APIClient
import APIModel
import EmbeddedServices
import Fetch
import FoundationEssentials
import Glibc
import Postgres
import Primitives
import TestSupport
import Testing

extension Acceptance.Chaos {
    /// What a balancer knows: to whom new requests may go.
    private final class Endpoints: Sendable {
        private struct State {
            var open: [Int] = []
            var next = 0
        }

        private let state: Locked<State>

        init(_ open: [Int]) { state = Locked(State(open: open)) }

        func choose() -> Int? {
            state.withLock { state in
                guard !state.open.isEmpty else { return nil }
                state.next += 1
                return state.open[state.next % state.open.count]
            }
        }

        func remove(_ port: Int) { state.withLock { $0.open.removeAll { $0 == port } } }
        func add(_ port: Int) { state.withLock { $0.open.append(port) } }
    }

    private struct Load: Sendable {
        var answered = 0
        var failures: [String] = []
    }

    @Test func `a rolling restart of api and worker under load: no request fails, no job is lost`() async throws {
        try await Fleet.with { fleet in
            try await fleet.roles(["api", "api", "worker", "worker", "scheduler"]) { roles in
                try await Self.withSite { site in
                    let endpoints = Endpoints([roles[0].port, roles[1].port])
                    let (load, isOver) = (Locked(Load()), Locked(false))
                    let jobs = Locked<[String]>([])
                    try await withThrowingTaskGroup(of: Void.self) { group in
                        for caller in 0..<12 {
                            group.addTask {
                                var number = 0
                                while !isOver.withLock({ $0 }) {
                                    number += 1
                                    try await Self.call(fleet, endpoints, load, caller * 1_000_000 + number)
                                }
                            }
                        }
                        // Work comes in all the while.
                        group.addTask {
                            var number = 0
                            while !isOver.withLock({ $0 }) {
                                number += 1
                                guard let port = endpoints.choose() else { continue }
                                let api = PortolanClient(baseURL: "http://127.0.0.1:\(port)", token: Fleet.token, fetcher: fleet.fetcher)
                                let request = StartIngestionRequest(
                                    webURL: site, crawlDepth: 0, library: "r\(number % 20)", version: "\(number)")
                                let job = try await api.startIngestion(request, idempotencyKey: nil).jobID
                                jobs.withLock { $0.append(job) }
                                try await eventually(within: .seconds(60)) {
                                    try await fleet.number("select count(*) as n from portolan.job where finished_at is null") < 6
                                }
                            }
                        }
                        try await eventually(within: .seconds(60)) { load.withLock(\.answered) > 200 && jobs.withLock(\.count) > 3 }
                        var replacements: [Fleet.Role] = []
                        for role in roles.prefix(4) {
                            let fresh = try fleet.start(role.name)
                            replacements.append(fresh)
                            try await eventually(within: .seconds(90)) { try await fleet.isReady(fresh) }
                            if role.name == "api" {
                                // As in a cluster: first the new one takes traffic and the old one none, then the old one is told to end.
                                endpoints.add(fresh.port)
                                endpoints.remove(role.port)
                            }
                            role.process.send(SIGTERM)
                            #expect(await role.process.wait(atMost: .seconds(60))?.isSuccess == true, "\(role.name)")
                        }
                        let before = load.withLock(\.answered)
                        try await eventually(within: .seconds(60)) { load.withLock(\.answered) > before + 200 }
                        isOver.withLock { $0 = true }
                        try await group.waitForAll()
                        for job in jobs.withLock({ $0 }) { #expect(try await fleet.end(of: job) == "COMPLETED") }
                        for role in replacements { await role.process.terminate(grace: .seconds(30)) }
                    }
                    let result = load.withLock { $0 }
                    #expect(result.failures == [])
                    #expect(result.answered > 400)
                    #expect(jobs.withLock { $0.count } > 3)
                    #expect(try await fleet.number("select count(*) as n from portolan.dead_letter") == 0)
                }
            }
        }
    }

    private static func call(_ fleet: Fleet, _ endpoints: Endpoints, _ load: Locked<Load>, _ number: Int) async throws {
        guard let port = endpoints.choose() else { throw Unexpected("nobody takes requests") }
        var request = FetchRequest("GET", "http://127.0.0.1:\(port)/v1/search?q=moor+\(number)", totalTimeout: .seconds(60))
        request.headers["Authorization"] = "Bearer \(Fleet.token.reveal())"
        do {
            let status = try await fleet.fetcher.send(request).status
            load.withLock { load in
                load.answered += 1
                if status != 200 { load.failures.append("status \(status)") }
            }
        } catch { load.withLock { $0.failures.append("\(error)") } }
    }
}
