import APIServer
import Domain
import Fetch
import Policy
import Primitives

/// Fetches an identity provider's documents behind the gates that crawls pass, too: an address that metadata names leads nowhere inside.
struct GatedDocuments: IdentityDocuments {
    let fetcher: HTTPFetcher
    let policy: URLPolicy
    let gates: GateRegistry

    private static let field = "issuer"

    func document(at url: String, limit: ByteCount) async throws -> [UInt8] {
        let address = try gates.evaluate(URLGate(policy, field: Self.field), url).get()
        var request = FetchRequest(
            "GET", address.description, headers: ["Accept": "application/json"], totalTimeout: .seconds(5), maximumBody: limit)
        request.addressGuard = { [gates, policy] resolved in
            guard let address = IPAddress(bytes: resolved.bytes) else { return .refuse(reason: "unknown kind of address") }
            let endpoint = AddressGate.Endpoint(address: address, port: resolved.port)
            switch gates.evaluate(AddressGate(policy, field: Self.field), endpoint) {
            case .accepted: return .allow
            case .rejected(let reason): return .refuse(reason: reason.description)
            }
        }
        let response: FetchResponse
        do throws(FetchError) {
            response = try await fetcher.send(request)
        } catch {
            throw Fault.unavailable("the identity provider", "The identity provider cannot be reached: \(error.description)")
        }
        // A redirect is not followed: the addresses are the provider's own.
        guard response.status == 200 else {
            throw Fault.unavailable("the identity provider", "The identity provider answered with status \(response.status).")
        }
        return response.body
    }
}
