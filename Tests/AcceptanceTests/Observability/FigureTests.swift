import APIModel
import Fetch
import FoundationEssentials
import Postgres
import TestSupport
import Testing

extension Acceptance {
    /// What processes tell of what is around them.
    @Suite(.serialized) struct Figures {
        @Test func `a scheduler tells of its servers and of jobs by priority, and each process of its machine and of wrong tokens`()
            async throws
        {
            try await Fleet.with { fleet in
                try await fleet.roles(["api", "scheduler"]) { roles in
                    let (api, scheduler) = (roles[0], roles[1])
                    // A server that takes its time is asked again ten seconds later.
                    try await eventually {
                        let database = try await fleet.metric(scheduler, "portolan_postgres_server_size_bytes")
                        let messages = try await fleet.metric(scheduler, "portolan_redis_server_memory_bytes")
                        return database > 0 && messages > 0
                    }
                    for name in [
                        "postgres_server_connection_limit", "postgres_server_size_bytes", "redis_server_memory_bytes",
                        "redis_server_clients",
                        "redis_server_client_limit",
                    ] {
                        #expect(try await fleet.metric(scheduler, "portolan_" + name) > 0, "\(name)")
                        #expect(try await fleet.metric(api, "portolan_" + name) == 0, "\(name)")
                    }
                    #expect(try await fleet.metric(scheduler, "portolan_postgres_server_connections", #"state="all""#) > 0)
                    #expect(try await fleet.metric(scheduler, "portolan_postgres_server_blocks_total", #"origin="cache""#) > 0)

                    // Nobody works on them.
                    let reply = try await fleet.ask(
                        api, "POST", "/v1/documentation/ingestion",
                        json: #"{"web_url": "http://127.0.0.1:9/", "library": "harbor", "version": "latest", "crawl_depth": 0}"#)
                    #expect(reply.status == 202)
                    #expect(try await fleet.metric(scheduler, "portolan_queue_depth", #"queue="high""#) == 1)
                    _ = try await fleet.rows.query("update portolan.job set priority = 'normal'")
                    #expect(try await fleet.metric(scheduler, "portolan_queue_depth", #"queue="normal""#) == 1)
                    #expect(try await fleet.metric(scheduler, "portolan_queue_depth", #"queue="high""#) == 0)

                    for role in roles {
                        #expect(try await fleet.metric(role, "portolan_process_cpu_limit") > 0)
                        #expect(try await fleet.metric(role, "portolan_postgres_statement_duration_seconds_count") > 0)
                    }
                    // The api made the folder of nothing yet; a folder that is not there has no figures.
                    try FileManager.default.createDirectory(atPath: fleet.folder + "/work", withIntermediateDirectories: true)
                    #expect(try await fleet.metric(api, "portolan_disk_size_bytes", #"volume="work""#) > 0)
                    #expect(try await fleet.metric(api, "portolan_disk_size_bytes", #"volume="spool""#) == 0)
                    let address = "http://127.0.0.1:\(api.port)/v1/libraries"
                    let refused = try await fleet.fetcher.send(FetchRequest("GET", address, headers: ["Authorization": "Bearer wrong"]))
                    #expect(refused.status == 401)
                    // A call counts once its answer has gone out.
                    try await eventually {
                        try await fleet.metric(api, "portolan_authentication_failures_total", #"reason="invalid""#) == 1
                    }
                }
            }
        }
    }
}
