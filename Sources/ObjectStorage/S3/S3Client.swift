import Digests
import Domain
import Fetch
import FoundationEssentials
import Policy
import Primitives
import Resilience

/// Sends signed requests to one bucket, and tries again what may pass.
struct S3Client: Sendable {
    /// One request below the bucket.
    struct Request: Sendable {
        var method: String
        /// The whole key; nil for the bucket itself.
        var key: String?
        /// Names and values, not encoded.
        var query: [String: String] = [:]
        var headers: FetchHeaders = [:]
        var body: [UInt8] = []
        /// Largest answer.
        var limit = ByteCount.mebibytes(16)

        init(_ method: String, _ key: String?, query: [String: String] = [:], body: [UInt8] = []) {
            (self.method, self.key, self.query, self.body) = (method, key, query, body)
        }
    }

    let location: S3Location
    private let fetcher: HTTPFetcher
    private let gates: GateRegistry
    private let policy: URLPolicy
    private let retries = RetryPolicy(
        attempts: 5, backoff: Backoff(base: .milliseconds(200), limit: .seconds(5)), retryAfterCap: .seconds(30))
    private let sleep: @Sendable (Duration) async throws -> Void
    private let dependency: Dependency

    init(
        _ location: S3Location, fetcher: HTTPFetcher, gates: GateRegistry, dependency: Dependency,
        sleep: @escaping @Sendable (Duration) async throws -> Void
    ) {
        (self.location, self.fetcher, self.gates, self.sleep) = (location, fetcher, gates, sleep)
        self.dependency = dependency
        policy = Self.policy(location)
    }

    /// The service that the operator named may be in a private network, on its own port. Nothing else may be reached, and link-local
    /// addresses, where clouds have their metadata, stay closed.
    private static func policy(_ location: S3Location) -> URLPolicy {
        var policy = URLPolicy()
        policy.allowedHosts = [(try? SiteURL(location.origin).host.text) ?? location.endpoint.host.text]
        policy.allowedPorts = [location.endpoint.port]
        let networks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "100.64.0.0/10", "::1/128", "fc00::/7"]
        policy.allowedNetworks = networks.compactMap { IPNetwork($0) }
        return policy
    }

    /// Sends `request` until it is answered with a status from 200 to 299, at most five times.
    ///
    /// - Throws: ``S3Failure``, ``Domain/Fault`` of the URL gate, `CancellationError`.
    func send(_ request: Request) async throws -> FetchResponse { try await attempts { _ in try await once(request) } }

    /// Runs `body` with the number of the attempt, from 1, until it does not throw an ``S3Failure`` that may pass.
    func attempts<Result>(_ body: (Int) async throws -> Result) async throws -> Result {
        try await retries.run(
            budget: dependency.retries, sleep: sleep,
            advice: { error in
                guard let failure = error as? S3Failure, failure.isTransient else { return .permanent }
                return .retry(after: failure.pause)
            }, body)
    }

    /// Sends `request` once. An answer with status 200 can carry an error too: the service begins it before the work is done.
    func once(_ request: Request) async throws -> FetchResponse {
        let origin = try gates.evaluate(URLGate(policy, field: "storage_url"), location.origin + "/").get().origin
        var wire = FetchRequest(
            request.method, origin + path(request), headers: request.headers, body: request.body, totalTimeout: .seconds(600),
            maximumBody: request.limit)
        wire.idleTimeout = .seconds(60)
        wire.acceptsCompression = false
        wire.headers["x-amz-content-sha256"] = SHA256.hash(request.body).hexadecimal
        // A field that is there has to be signed, and libcurl would add one of its own.
        if !request.body.isEmpty || ["PUT", "POST"].contains(request.method) { wire.headers["Content-Type"] = "application/octet-stream" }
        wire.signature = FetchSignature(
            region: location.region, service: "s3", accessKey: location.accessKey, secretKey: location.secretKey)
        let rejection = Locked<Rejection?>(nil)
        wire.addressGuard = { [gates, policy] resolved in
            guard let address = IPAddress(bytes: resolved.bytes) else { return .refuse(reason: "unknown kind of address") }
            let endpoint = AddressGate.Endpoint(address: address, port: resolved.port)
            guard let reason = gates.evaluate(AddressGate(policy, field: "storage_url"), endpoint).rejection else { return .allow }
            rejection.withLock { $0 = reason }
            return .refuse(reason: reason.description)
        }
        let response: FetchResponse
        do throws(FetchError) {
            response = try await fetcher.send(wire, through: dependency)
        } catch {
            if error.code == .cancelled { throw CancellationError() }
            if error.code == .circuitOpen {
                throw Fault(
                    .circuitOpen, code: "E_CIRCUIT_OPEN", "The storage has failed again and again and is left alone for a while.",
                    field: "key", hint: "It is tried again by itself; check the service that PORTOLAN_S3_ENDPOINT names.",
                    isTransient: true,
                    retryAfter: error.retryAfter)
            }
            if let rejection = rejection.withLock({ $0 }) { throw rejection.fault }
            throw S3Failure(error)
        }
        let isError = request.method != "GET" && response.body.count < 4096 && S3Answer(response.body).errorCode != nil
        guard (200..<300).contains(response.status), !isError || request.query["delete"] != nil else { throw S3Failure(response) }
        return response
    }

    private func path(_ request: Request) -> String {
        var path = location.root
        if let key = request.key { path += "/" + S3Location.encoded(key, keepsSlashes: true) }
        if path.isEmpty { path = "/" }
        // Sorted, because a signature is over the sorted query and libcurl takes it as it is.
        let query = request.query.sorted { $0.key < $1.key }.map { name, value in
            "\(S3Location.encoded(name, keepsSlashes: false))=\(S3Location.encoded(value, keepsSlashes: false))"
        }
        return query.isEmpty ? path : path + "?" + query.joined(separator: "&")
    }
}

extension S3Client {
    /// The request that deletes the objects that `body` lists. Services want a checksum that the signature does not replace.
    static func deletion(_ body: [UInt8]) -> Request {
        var request = Request("POST", nil, query: ["delete": ""], body: body)
        if let digest = MD5.hash(body) { request.headers["Content-MD5"] = Data(digest).base64EncodedString() }
        request.headers["x-amz-checksum-sha256"] = Data(SHA256.hash(body)).base64EncodedString()
        return request
    }
}
