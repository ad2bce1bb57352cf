import MCP
import Postgres
import Telemetry
import Testing

@testable import APIServer

/// Figures of what clients wait for, on a server of its own each: nobody else is counted.
@Suite struct `What clients wait for` {
    @Test func `a stream of events is counted when it begins, however long its client listens`() async throws {
        try await Edge.with { edge in
            try await Agent(edge: edge).listening(["resourcesListChanged": true]) { _ in
                // Its reply has not ended: at its end the figures would tell how patient the agent was.
                #expect(edge.metrics.http.requests.value("POST", "/mcp", "2xx") == 1)
                #expect(edge.metrics.http.duration.count("POST", "/mcp") == 1)
            }
            _ = try await edge.get("/v1/libraries")
            #expect(edge.metrics.http.duration.count("GET", "/v1/libraries") == 1)
            #expect(edge.metrics.http.duration.count("POST", "/mcp") == 1)
        }
    }

    @Test func `a search is measured by its legs, and one that fails through no fault of its caller is counted`() async throws {
        try await Edge.with { edge in
            let search = edge.metrics.search
            #expect(try await edge.get("/v1/search?q=installer").status == 200)
            #expect(search.legDuration.count("bm25") == 1)
            // There is no embedder, so there is no time of one to measure.
            #expect(search.legDuration.count("dense") == 0)
            #expect(try await edge.get("/v1/search?q=installer&library=nowhere").status == 404)
            #expect(search.failures.value() == 0)
            _ = try await edge.database.query("alter table portolan.chunk rename to hidden")
            #expect(try await edge.get("/v1/search?q=installer").status >= 500)
            #expect(search.failures.value() == 1 && search.searches.value("keyword_fallback") == 1)
        }
    }
}
