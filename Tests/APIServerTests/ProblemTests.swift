import APIModel
import Domain
import Fetch
import FoundationEssentials
import MCP
import Postgres
import Primitives
import Testing

@testable import APIServer

@Suite struct `Problems` {
    /// Every category of the domain with its status: the nineteen of the wire less the two for which nothing exists yet, voice and memory.
    @Test(arguments: [
        (Fault.Category.validation, 400, "validation"), (.inputSanitization, 400, "input_sanitization"),
        (.authentication, 401, "authentication"), (.authorization, 403, "authorization"), (.security, 403, "security_error"),
        (.notFound, 404, "not_found"), (.conflict, 409, "conflict"), (.rateLimited, 429, "rate_limited"), (.cancelled, 499, "cancelled"),
        (.internal, 500, "internal"), (.model, 500, "model"), (.network, 500, "network"), (.configuration, 500, "configuration"),
        (.circuitOpen, 503, "circuit_open"), (.serviceUnavailable, 503, "service_unavailable"), (.timeout, 504, "timeout"),
        (.resourceExhausted, 507, "resource_exhausted"),
    ])
    func `A fault has the status of its category, and all the members`(category: Fault.Category, status: Int, name: String) throws {
        let fault = Fault(category, code: "E_TEST", "It went wrong.", limit: "3", hint: "Do it again.")
        let problem = Problem(fault, at: Date(timeIntervalSince1970: 0), requestID: "r-1", instance: "/v1/x")
        let json = try JSONValue(parsing: try WireJSON.encode(problem))
        #expect(json["http_status"] == .integer(status) && json["status"] == .integer(status) && json["category"] == .string(name))
        #expect(json["error_code"] == "E_TEST" && json["message"] == "It went wrong." && json["recovery_suggestion"] == "Do it again.")
        #expect(json["timestamp"] == "1970-01-01T00:00:00.000Z" && json["request_id"] == "r-1" && json["details"]?["limit"] == "3")
        #expect(json["type"] == .string("urn:portolan:problem:\(name)") && json["instance"] == "/v1/x" && json["title"] != nil)
    }

    @Test func `The wire has nineteen categories, and those of the domain are among them`() {
        #expect(ProblemCategory.allCases.count == 19 && Fault.Category.allCases.count == 17)
        #expect(Set(Fault.Category.allCases.map { ProblemCategory($0) }).count == 17)
    }

    /// Throws what it is told to, from the first thing that a route asks.
    private struct Failing: Authenticator {
        let isOpen = false
        let error: @Sendable () -> any Error

        func principal(token: Redacted<String>?) async throws -> Principal { throw error() }
    }

    private struct Inside: Error, CustomStringConvertible {
        let description = "secret-table at 10.1.2.3"
    }

    @Test func `A fault of any category reaches the client with its status, and nothing of its cause`() async throws {
        let category = Locked<Fault.Category?>(nil)
        var options = Edge.Options()
        options.authenticator = Failing {
            category.withLock { $0 }.map { Fault($0, code: "E_TEST", "In words for strangers.") as any Error } ?? Inside()
        }
        try await Edge.with(options) { edge in
            for one in Fault.Category.allCases {
                category.withLock { $0 = one }
                let reply = try await edge.get("/v1/libraries")
                let problem = try #require(reply.problem, "\(reply)")
                #expect(reply.status == ProblemCategory(one).httpStatus && problem.category == ProblemCategory(one))
                #expect(reply.headers["Content-Type"] == Problem.mediaType && problem.message == "In words for strangers.")
                let mayComeAgain = [.serviceUnavailable, .circuitOpen, .resourceExhausted].contains(one)
                #expect((reply.headers["Retry-After"] != nil) == (mayComeAgain || reply.status == 503), "\(reply)")
            }
            category.withLock { $0 = nil }
            let reply = try await edge.get("/v1/libraries")
            #expect(reply.status == 500 && reply.problem?.errorCode == "E_INTERNAL" && !reply.text.contains("secret-table"))
        }
    }
}
