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
    @Test func `a queue that is full refuses work with a time to come back, and what was accepted before stays`() async throws {
        try await Fleet.with { fleet in
            try await fleet.roles(["api"]) { roles in
                let request = #"{"web_url": "http://127.0.0.1:9/", "library": "l", "version": "v", "crawl_depth": 0}"#
                let first = try await fleet.ask(roles[0], "POST", "/v1/documentation/ingestion", json: request)
                #expect(first.status == 202)
                // The bound is on rows: 10,000 jobs that are not finished.
                _ = try await fleet.rows.query(
                    """
                    insert into portolan.job (id, documentation_id, source_id, settings, correlation_id)
                    select gen_random_uuid(), documentation_id, source_id, settings, 'full' from portolan.job, generate_series(1, 9999)
                    """, deadline: .after(.seconds(120)))
                let refused = try await fleet.ask(
                    roles[0], "POST", "/v1/documentation/ingestion", json: request.replacing(#""l""#, with: #""m""#))
                #expect(refused.status == 503)
                #expect(refused.headers["Retry-After"].flatMap { Int($0) } ?? 0 > 0)
                #expect(try await fleet.number("select count(*) as n from portolan.job") == 10_000)
                _ = try await fleet.rows.query("delete from portolan.job where correlation_id = 'full'", deadline: .after(.seconds(120)))
                let again = try await fleet.ask(
                    roles[0], "POST", "/v1/documentation/ingestion", json: request.replacing(#""l""#, with: #""m""#))
                #expect(again.status == 202)
            }
        }
    }

    @Test func `a message that is no message is put aside, and the worker lives`() async throws {
        try await Fleet.with { fleet in
            try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                try await Self.withSite { site in
                    for garbage in ["not protobuf at all", "", String(repeating: "x", count: 70_000)] {
                        try await fleet.command("xadd", "portolan:jobs:normal", "*", "e", garbage)
                    }
                    try await eventually(within: .seconds(60)) {
                        try await fleet.number("select count(*) as n from portolan.dead_letter") == 3
                    }
                    let job = try await fleet.api(roles[0]).startIngestion(
                        StartIngestionRequest(webURL: site, crawlDepth: 0, library: "harbor", version: "latest"), idempotencyKey: nil
                    ).jobID
                    #expect(try await fleet.end(of: job) == "COMPLETED")
                    #expect(roles[1].process.exitStatus == nil)
                }
            }
        }
    }

    @Test func `a worker that freezes loses its job to another one, and writes nothing when it thaws`() async throws {
        try await Fleet.with { fleet in
            try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                let gate = Expectation()
                let isOpen = Locked(false)
                try await LoopbackHTTPServer.withServer { _ in
                    if !isOpen.withLock({ $0 }) { try await gate.fulfillment(within: .seconds(120)) }
                    return .html("<h1>Quay</h1><p>The quay of the frozen.</p>")
                } body: { site in
                    let job = try await fleet.api(roles[0]).startIngestion(
                        StartIngestionRequest(webURL: site.url + "/", crawlDepth: 0, library: "quay", version: "latest"),
                        idempotencyKey: nil
                    ).jobID
                    try await eventually(within: .seconds(60)) { !site.requests.isEmpty }
                    roles[1].process.send(SIGSTOP)
                    isOpen.withLock { $0 = true }
                    gate.fulfill()
                    try await fleet.roles(["worker"]) { other in
                        #expect(try await fleet.end(of: job) == "COMPLETED")
                        let written = try await fleet.rows.query(
                            "select xmin::text as x, attempt::bigint as n from portolan.job where id::text = \(job)"
                        ).single()
                        #expect(try written.decode("n", as: Int64.self) >= 2)
                        roles[1].process.send(SIGCONT)
                        // The one that thawed works again: it takes another job, or the other one does, and the first one stays as it was.
                        let next = try await fleet.api(roles[0]).startIngestion(
                            StartIngestionRequest(webURL: site.url + "/", crawlDepth: 0, library: "next", version: "latest"),
                            idempotencyKey: nil
                        ).jobID
                        #expect(try await fleet.end(of: next) == "COMPLETED")
                        try await eventually(within: .seconds(60)) { try await fleet.isReady(roles[1]) }
                        let after = try await fleet.rows.query("select xmin::text as x from portolan.job where id::text = \(job)").single()
                        #expect(try after.decode("x", as: String.self) == written.decode("x", as: String.self))
                        #expect(
                            try await fleet.number(
                                "select count(*) as n from portolan.section s join portolan.documentation d on d.id = s.documentation_id join portolan.job j on j.documentation_id = d.id where j.id::text = \(job)"
                            ) == 1)
                        _ = other
                    }
                }
            }
        }
    }

    @Test func `of two schedulers one acts: a source that is due gets one job`() async throws {
        try await Fleet.with { fleet in
            try await fleet.roles(["api", "worker", "scheduler", "scheduler", "scheduler"]) { roles in
                try await Self.withSite { site in
                    let source = try await fleet.ask(
                        roles[0], "POST", "/v1/sources",
                        json:
                            #"{"web_url": "\#(site)", "library": "harbor", "version": "latest", "crawl_depth": 0, "schedule": "0 2 * * *"}"#
                    )
                    #expect(source.status == 201 || source.status == 202, "\(String(decoding: source.body, as: UTF8.self))")
                    // A new source is due at once, for all three of them.
                    try await eventually(within: .seconds(90)) {
                        try await fleet.number("select count(*) as n from portolan.job where finished_at is not null") >= 1
                    }
                    #expect(try await fleet.number("select count(*) as n from portolan.job") == 1)
                    // The leader goes; another one takes over and the next look happens once again.
                    for role in roles.suffix(2) { role.process.send(SIGKILL) }
                    let job = try await fleet.api(roles[0]).startIngestion(
                        StartIngestionRequest(webURL: site, crawlDepth: 0, library: "later", version: "latest"), idempotencyKey: nil
                    ).jobID
                    #expect(try await fleet.end(of: job) == "COMPLETED")
                }
            }
        }
    }

    @Test func `a site that asks to be left alone is, and the job ends well`() async throws {
        try await Fleet.with { fleet in
            try await fleet.roles(["api", "worker", "scheduler"]) { roles in
                let asked = Locked<[ContinuousClock.Instant]>([])
                try await LoopbackHTTPServer.withServer { request in
                    guard request.path == "/" else { return .status(404) }
                    let count = asked.withLock { asked in
                        asked.append(.now)
                        return asked.count
                    }
                    if count <= 2 { return .status(429, headers: [("retry-after", "2")]) }
                    return .html("<h1>Patience</h1><p>It pays to wait.</p>")
                } body: { site in
                    let job = try await fleet.api(roles[0]).startIngestion(
                        StartIngestionRequest(webURL: site.url + "/", crawlDepth: 0, library: "patience", version: "latest"),
                        idempotencyKey: nil
                    ).jobID
                    #expect(try await fleet.end(of: job) == "COMPLETED")
                    let times = asked.withLock { $0 }
                    #expect(times.count == 3)
                    for (first, second) in zip(times, times.dropFirst()) { #expect(first.duration(to: second) >= .seconds(2)) }
                }
            }
        }
    }
}
