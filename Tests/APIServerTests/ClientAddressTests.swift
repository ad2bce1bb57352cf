import Domain
import Fetch
import HTTPTypes
import NIOCore
import Testing

@testable import APIServer

@Suite struct `The client behind a proxy` {
    private static let addresses = ClientAddress(trusting: ["10.0.0.0/8", "fd00::/8"].compactMap { IPNetwork($0) })

    private static func client(_ peer: String, listed: [String] = [], forwarded: [String] = []) throws -> String? {
        var headers = HTTPFields()
        let (listing, forwarding) = (try #require(HTTPField.Name("X-Forwarded-For")), try #require(HTTPField.Name("Forwarded")))
        headers[values: listing] = listed
        headers[values: forwarding] = forwarded
        return addresses.address(peer: try SocketAddress(ipAddress: peer, port: 1), headers: headers)?.description
    }

    @Test func `A peer that is no proxy of ours is the client, whatever it claims`() throws {
        #expect(try Self.client("192.0.2.7", listed: ["203.0.113.1"]) == "192.0.2.7")
        #expect(try Self.client("192.0.2.7", forwarded: ["for=203.0.113.1"]) == "192.0.2.7")
        #expect(try Self.client("2001:db8::7", listed: ["10.0.0.1"]) == "2001:db8::7")
        #expect(ClientAddress().address(peer: try SocketAddress(ipAddress: "10.0.0.1", port: 1), headers: [:])?.description == "10.0.0.1")
        #expect(Self.addresses.address(peer: nil, headers: [:]) == nil)
    }

    @Test(
        arguments: [
            (["203.0.113.1"], "203.0.113.1"), (["203.0.113.1, 10.1.1.1"], "203.0.113.1"),
            // What stands before the first foreign address from the right is the client's own claim.
            (["198.51.100.9, 203.0.113.1"], "203.0.113.1"), (["10.9.9.9", "203.0.113.1 , 10.1.1.1"], "203.0.113.1"),
            (["203.0.113.1:4711"], "203.0.113.1"), (["[2001:db8::1]:80"], "2001:db8::1"), (["2001:db8::1"], "2001:db8::1"),
            (["::ffff:203.0.113.1"], "203.0.113.1"), (["10.2.2.2, 10.1.1.1"], "10.2.2.2"),
            // What cannot be read ends what is known.
            (["203.0.113.1, nonsense"], "10.0.0.1"), (["203.0.113.1, nonsense, 10.1.1.1"], "10.1.1.1"), ([""], "10.0.0.1"),
            ([String(repeating: "203.0.113.1,", count: 5000) + "10.1.1.1"], "203.0.113.1"),
            ([String(repeating: "10.1.1.1,", count: 5000)], "10.1.1.1"),
        ] as [([String], String)])
    func `Behind a proxy of ours the list is read from the right`(listed: [String], expected: String) throws {
        #expect(try Self.client("10.0.0.1", listed: listed) == expected)
        #expect(try Self.client("::ffff:10.0.0.1", listed: listed) == expected)
    }

    @Test(
        arguments: [
            (["for=203.0.113.1"], "203.0.113.1"), (["for=198.51.100.9, for=203.0.113.1;proto=https, For=10.1.1.1"], "203.0.113.1"),
            ([#"for="[2001:db8::1]:4711";by=10.0.0.1"#], "2001:db8::1"), ([#"by="a,b";for=203.0.113.1"#], "203.0.113.1"),
            (["for=203.0.113.1, for=unknown"], "10.0.0.1"), (["for=203.0.113.1, for=_hidden"], "10.0.0.1"), (["proto=https"], "10.0.0.1"),
        ] as [([String], String)])
    func `The header of RFC 7239 counts as much`(forwarded: [String], expected: String) throws {
        #expect(try Self.client("10.0.0.1", forwarded: forwarded) == expected)
    }

    @Test func `Where both headers are there, one is made up, and neither counts`() throws {
        #expect(try Self.client("10.0.0.1", listed: ["203.0.113.1"], forwarded: ["for=198.51.100.9"]) == "10.0.0.1")
    }

    @Test func `Strangers are counted by address, and a made-up header gives nobody more`() async throws {
        let options = Edge.Options.limitedByRole
        try await Edge.with(options) { edge in
            let burst = try #require(RateLimitPolicy.roles.strangers?.rate.burst)
            var statuses: [Int] = []
            for number in 0..<(burst + 20) {
                let claim: FetchHeaders = ["X-Forwarded-For": "203.0.113.\(number)"]
                statuses.append(try await edge.send("GET", "/v1/libraries", claim, token: "wrong-\(number)").status)
            }
            #expect(statuses.prefix(burst).allSatisfy { $0 == 401 } && statuses.dropFirst(burst).allSatisfy { $0 == 429 })
            // Who has a token is not held up by strangers from the same address.
            #expect(try await edge.get("/v1/libraries").status == 200)
            let audit = edge.logs.lines.filter { $0.message == "audit" }
            #expect(audit.allSatisfy { $0.metadata["client"] == "127.0.0.1" })
        }
    }

    @Test func `Behind a trusted proxy each client has a bucket of its own, and the audit names it`() async throws {
        var options = Edge.Options.limitedByRole
        options.trustedProxies = ["127.0.0.0/8"].compactMap { IPNetwork($0) }
        try await Edge.with(options) { edge in
            let burst = try #require(RateLimitPolicy.roles.strangers?.rate.burst)
            for number in 0..<(burst + 20) {
                let claim: FetchHeaders = ["X-Forwarded-For": "198.51.100.9, 203.0.113.\(number)"]
                #expect(try await edge.send("GET", "/v1/libraries", claim, token: nil).status == 401)
            }
            let clients = edge.logs.lines.filter { $0.message == "audit" }.compactMap { $0.metadata["client"] }
            #expect(Set(clients) == Set((0..<(burst + 20)).map { "203.0.113.\($0)" }))
        }
    }
}
